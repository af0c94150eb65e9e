"""What AWS allows, each limit once; what Perch makes of them for itself stands where it is used."""

MEBIBYTE = 1024 * 1024
PAYLOAD_BYTES = 6 * MEBIBYTE
"""A function takes and answers no more (Lambda)."""
ANSWER_BYTES = 4 * MEBIBYTE
"""Of text inside an answer, which has other fields and headers too; larger things lie in S3."""
QUOTED_ANSWER_BYTES = 5 * MEBIBYTE // 2
"""Of JSON inside an answer: its quotation marks count twice there."""
REQUEST_SECONDS = 29
"""Until a request has to be answered (API Gateway)."""
LONGEST_DELAY_SECONDS = 900
"""By which a message can be delayed, or held back once it was received for the first time (SQS)."""
