"""What the study asks, and what people might say: for the survey and for the model that answers it."""

PLACES = ("the public library", "the riverside park", "the street market", "the swimming pool")
PEOPLE = (
    {"age": 24, "occupation": "student"},
    {"age": 31, "occupation": "nurse"},
    {"age": 45, "occupation": "bus driver"},
    {"age": 52, "occupation": "teacher"},
    {"age": 67, "occupation": "retired carpenter"},
    {"age": 38, "occupation": "shopkeeper"},
)
WAYS = ("On foot", "By bicycle", "By bus", "By car")
LIKES = ("The quiet", "The people", "Being outside", "That it is free", "What one learns")
OFTEN = {1: "never", 5: "every day"}
WANTED = {
    "library": ("Longer opening hours in the evening.", "More seats by the windows.", "A room to talk in."),
    "park": ("More benches in the shade.", "Lights along the path at night.", "A place to drink coffee."),
    "market": ("Fewer cars around it.", "More stalls from nearby farms.", "A roof for rainy days."),
    "pool": ("Warmer water in winter.", "Lower prices for families.", "Longer opening hours on Sundays."),
}
WAY, OFTEN_ASKED, MINUTES, LIKED, BETTER = (
    "How do you usually get to",
    "How often do you go to",
    "How many minutes do you stay at",
    "What do you like about",
    "In one sentence: what would make",
)
EVENING_BUS = "How late should the last bus home leave"
NIGHT_TRAIN = "Would you take a night train instead of a flight"
