"""Keep what this release makes of every type of object, or read what another has kept; print what is wrong.

``keep RELEASE FILE`` writes down what it has kept, ``read RELEASE FILE`` reads all of that.
"""

import json
import sys
from pathlib import Path

from edsl.coop import Coop
from edsl.coop.utils import ObjectRegistry

FIXTURES = Path(__file__).parents[2] / "fixtures" / "objects"
VISIBILITIES = ("private", "unlisted", "public")
CLASSES = {entry["object_type"]: entry["edsl_class"] for entry in ObjectRegistry().objects}
coop = Coop()
UPLOADS = hasattr(coop, "push")


APART = ("cache", "base64_string", "external_locations")
"""``get`` fills the cache of results anew, and the newest uploads a file's bytes apart from it."""


def told(value):
    """Return what an object is."""
    document = {key: one for key, one in value.to_dict().items() if key not in APART}
    return json.loads(json.dumps(document, default=lambda _: "None"))


def made(object_type, document):
    try:
        return CLASSES[object_type].from_dict(document)
    except Exception:  # noqa: BLE001 - the release cannot load what it wrote itself
        return None


def push(value, visibility):
    """Keep an object; return its id, None if the client itself knows no type for it."""
    try:
        return (coop.push if UPLOADS else coop.create)(value, visibility=visibility)["uuid"]
    except Exception as error:
        if "Object type not found" in str(error):
            return None
        raise


def readings(name, object_type):
    """Yield the object in each way that this release has."""
    if UPLOADS:
        yield coop.pull(name, object_type)
        yield coop.get(name, object_type)
    else:
        yield coop.get(uuid=name, expected_object_type=object_type)


def refused(name, object_type):
    try:
        list(readings(name, object_type))
    except Exception as error:  # noqa: BLE001 - each release has its own
        return "There is no object" in str(error)
    return False


def keep(release, file):
    kept, wrong, seen = [], [], set()
    for number, line in enumerate((FIXTURES / f"{release}.jsonl").read_text().splitlines()):
        object_type, what, document = json.loads(line)
        value = made(object_type, document)
        if value is None:
            continue
        # Each type in every visibility; what else there is of it in one.
        chosen = VISIBILITIES if object_type not in seen else VISIBILITIES[number % 3 :][:1]
        seen.add(object_type)
        for visibility in chosen:
            name = push(value, visibility)
            if name is None:
                continue
            kept.append([object_type, what, visibility, name, told(value)])
            if any(told(found) != told(value) for found in readings(name, object_type)):
                wrong.append([object_type, what, visibility])
    Path(file).write_text(json.dumps(kept))
    left_out = sorted(CLASSES.keys() - seen)
    print(json.dumps({"types": len(seen), "left out": left_out, "kept": len(kept), "wrong": wrong}))


def read(file):
    wrong, count = [], 0
    for object_type, what, visibility, name, document in json.loads(Path(file).read_text()):
        count += 1
        if visibility == "private":
            well = refused(name, object_type)
        else:
            well = all(told(found) == document for found in readings(name, object_type))
        if not well:
            wrong.append([object_type, what, visibility])
    print(json.dumps({"read": count, "wrong": wrong}))


if __name__ == "__main__":
    action, release, file = sys.argv[1:]
    if action == "keep":
        keep(release, file)
    else:
        read(file)
