"""A survey as somebody would write it, run by the unmodified client; prints how many answers came."""

import sys

from edsl import (
    Agent,
    AgentList,
    Model,
    QuestionFreeText,
    QuestionMultipleChoice,
    QuestionNumerical,
    Survey,
)

QUESTIONS = [
    QuestionMultipleChoice(
        question_name="colour",
        question_text="Which colour has your story?",
        question_options=["red", "green", "blue"],
    ),
    QuestionNumerical(question_name="length", question_text="How many pages has your story?"),
    QuestionFreeText(question_name="end", question_text="How does your story end?"),
]


def main() -> None:
    """Run it."""
    people = AgentList([Agent(traits={"age": age}) for age in (20, 30, 40, 50)])
    job = Survey(QUESTIONS).by(people).by(Model("gpt-4o", service_name="openai"))
    results = job.run(remote_inference_description=sys.argv[1])
    print(f"{len(results)} interviews: {sorted(results.select('answer.colour').to_list())}")


if __name__ == "__main__":
    main()
