# ruff: noqa: SIM905, RUF001, RUF005 - words in a row are easier to read and check than quoted lists
"""Names of invented people and places: every difficulty that a legal name can bring, drawn by a seeded generator.

Belongs here: word lists and drawing from them. Letters stay within Latin-1 and Latin Extended-A and every census name
within 35 characters; the sixty-letter name is a preferred first name, which the census does not collect.
"""

from random import Random
from typing import Final

GIRLS: Final = tuple(
    "Amelia Olivia Isla Ava Freya Grace Aisha Fatima Maryam Zainab Niamh Siân Zoë Chloë Renée Łucja Zuzanna Agnieszka "
    "Małgorzata Ffion Angharad Lowri Rhiannon Seren Anne-Marie Mary-Jane Ikram Hafsa Simran Priya Ananya Mei Yuki "
    "Ngozi Adaeze Blessing Chidinma Sofía Inês Beatriz Škaistė Élodie Héloïse Saoirse Aoife Róisín Caitlín Darcey "
    "Poppy Florence Harriet Martha Edith Nancy Orla Willow Hope Ruby Jasmine Leah".split(),
)
BOYS: Final = tuple(
    "Oliver Noah Arthur Muhammad Leo Oscar Henry Theodore Yusuf Ibrahim Zayd Bilal Seán Pádraig Oisín Ciarán Łukasz "
    "Michał Paweł Stanisław Gruffydd Llywelyn Rhodri Iestyn Dafydd Jean-Luc José André Björn Søren Arjun Rohan Kabir "
    "Harpreet Wei Haruto Chukwuemeka Oluwaseun Kwame Kofi Tadeáš Jakub Dovydas Nathan-James T Ezra Jude Finley Archie "
    "Reuben Albie Rupert Stanley Wilfred Ted Ralph Hugo Casper Felix Rowan".split(),
)
SURNAMES: Final = tuple(
    "Smith Jones Taylor Brown Patel Khan Hussain Ahmed Begum Singh Kaur Ali Evans Thomas Roberts O'Connor O'Neill "
    "O'Brien D'Souza D'Arcy Smith-Jones Carter-Hughes Llewellyn Gwyther Ap-Rhys Bevan Probert Wójcik Kowalska Kowalski "
    "Nowak Lewandowski Zieliński Dąbrowska Szymański Łuczak Krzyżanowska Müller Weiß Nuñez García Peña Gonçalves "
    "Ferreira Håkansson Østergård Çelik Yıldız Şahin Papadopoulos Novák Dvořák Kazlauskienė Petrauskas Bērziņš Kovač "
    "Okafor Adeyemi Mensah Boateng Nkrumah Mwangi Osei Abiola Chen Wong Ng Li Nguyen Tran Tanaka Sato Kim Reid Fraser "
    "McDonald MacLeod McKenzie Campbell Fitzgerald Byrne Doyle Fletcher Thatcher Wainwright Cooper Sawyer Turner "
    "Holloway Ashby Bramley Cresswell Drayton Eastwood Fairburn Garside Hartley Ingham Jessop Kirkby Langley Marsden "
    "Oldroyd Pickering Quigley Ramsden Sugden Thackray Unsworth Varley Whitaker Yardley E "
    "Featherstonehaugh-Cholmondeley".split(),
) + ("van der Berg", "de la Cruz", "Al Hassan", "St John", "Ní Bhriain", "Mac Giolla")
MIDDLE: Final = ("James", "Rose", "Mae", "Anne Elizabeth", "Lee", "Grace Kathleen Siân", "Thomas", "Jo", "Ève", "Lech")
SIXTY_LETTERS: Final = "Maximilianaleksandertheodorbartholomewfitzwilliamconstantine"
"""A preferred first name of sixty letters."""

STREETS: Final = tuple(
    "Mill Lane,Church Street,Station Road,Bramble Close,St Mary's Walk,The Green,Oak Drive,Quarry Hill,Canal Side,"
    "Orchard Way,King's Road,Farrier's Court,Meadow View,Priory Gardens,Windmill Rise,Heron Way,Saddler's Row,"
    "Top Lane,Bell End Cottages,Priest's Mead".split(","),
)
HOUSES: Final = ("Rose Cottage", "The Old Forge", "Mill House", "Fern Bank", "St Anne's Lodge")
LOCALITIES: Final = ("Upper Fold", "Nether Ashby", "Little Marsh", "Castle End", "Brook Field")
TOWNS: Final = {"823": ("Larkbury", "Central Bedfordshire"), "826": ("Wolverbrook", "Milton Keynes")}
_OUTWARD: Final = {"823": ("LU5", "LU6", "LU7", "MK45", "SG18", "SG19"), "826": ("MK6", "MK9", "MK10", "MK11", "MK14")}
_INWARD: Final = "ABDEFGHJLNPQRSTUWXYZ"


def forename(rng: Random, sex: str) -> str:
    """Draw a first name."""
    return rng.choice(GIRLS if sex == "F" else BOYS)


def surname(rng: Random) -> str:
    """Draw a surname."""
    return rng.choice(SURNAMES)


def postcode(rng: Random, la_number: str) -> str:
    """Draw a postcode that has the right form and lies in the LA's postal towns."""
    return f"{rng.choice(_OUTWARD[la_number])} {rng.randrange(10)}{rng.choice(_INWARD)}{rng.choice(_INWARD)}"


def mobile(rng: Random) -> str:
    """Draw a mobile number of valid form."""
    return f"07412{rng.randrange(1_000_000):06d}"
