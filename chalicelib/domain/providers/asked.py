"""Which models a job asks for: its own, and those that its questions bring along."""

from collections.abc import Iterator

from chalicelib.domain.json_types import Document, Json


def models_in(document: Document) -> Iterator[Document]:
    """Yield the models of a job, or of a subset of one."""
    yield from document["models"]
    for question in questions_in(document):
        for part in question.values():
            if isinstance(part, dict) and "model" in part:
                yield part


def questions_in(document: Document) -> Iterator[Document]:
    """Yield the questions of its survey."""
    questions: Json = document["survey"].get("questions")
    for question in questions if isinstance(questions, list) else ():
        if isinstance(question, dict):
            yield question
