"""What kinds of entries are called."""

from chalicelib.domain.credits.entry import EntryKind

KINDS = {
    EntryKind.GRANT: "Granted",
    EntryKind.HOLD: "Held for a job",
    EntryKind.RELEASE: "Released",
    EntryKind.CHARGE: "Charged",
    EntryKind.TRANSFER: "Transferred",
    EntryKind.PAYMENT: "Paid",
}
