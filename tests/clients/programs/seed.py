"""The example of the document that Perch follows, to the letter; then what came of it, as JSON."""

import json

from edsl import Survey

survey = Survey.example()

results = survey.run(remote_inference_description="Example survey", verbose=True)

print(json.dumps(None if results is None else [row["answer"] for row in results.to_dict()["data"]]))
