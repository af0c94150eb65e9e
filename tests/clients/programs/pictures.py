"""Asks about a picture, written so that every release of edsl runs it. Prints the answer as JSON.

Arguments: the picture's bytes, in base64.
"""

import base64
import json
import sys
from pathlib import Path

from edsl import QuestionFreeText, Scenario, Survey
from edsl.scenarios import FileStore

from tests.clients.programs.models import openai_model

# In the two oldest releases the name is a module's.
file_store = getattr(FileStore, "FileStore", FileStore)
picture = Path("picture.png")
picture.write_bytes(base64.b64decode(sys.argv[1]))
question = QuestionFreeText(question_name="seen", question_text="What is in {{ picture }}?")
scenario = Scenario({"picture": file_store(str(picture))})
results = Survey([question]).by(scenario).by(openai_model("gpt-4o")).run()
print(json.dumps(results.select("seen").to_list()))
