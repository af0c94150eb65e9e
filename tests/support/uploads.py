"""Files as clients write them into jobs and objects when they have uploaded them apart."""

from chalicelib.domain.json_types import Document


def uploaded_picture(file_id: object, **changes: object) -> Document:
    """Return a picture as 1.0.9 writes it when it has uploaded it."""
    return {
        "path": "/home/ada/cat.png",
        "base64_string": "offloaded",
        "binary": True,
        "suffix": "png",
        "mime_type": "image/png",
        "external_locations": {"gcs": {"file_uuid": file_id, "uploaded": True, "offloaded": True}},
        "extracted_text": None,
        "edsl_class_name": "FileStore",
        **changes,
    }
