"""Who lives where, and how to reach them.

What comes in: rows, and questions about them as chainable query sets, each of which stands beside its model. What goes
out: rows. Nothing here calls a view, a form or a provider, and no other room writes SQL about who may see a household.
"""

from communities.models.households import (
    Contact,
    Disclosure,
    Household,
    HouseholdQuerySet,
    HouseholdTag,
    Tag,
    TagQuerySet,
)
from communities.models.lists import HouseholdImport, HouseholdImportQuerySet, ListLayout
from communities.models.places import (
    NEIGHBOURS,
    OFFICIALS,
    Membership,
    Province,
    User,
    Village,
    VillageQuerySet,
    Ward,
    WardQuerySet,
)
from communities.models.tries import PasswordTry

__all__ = [
    "NEIGHBOURS",
    "OFFICIALS",
    "Contact",
    "Disclosure",
    "Household",
    "HouseholdImport",
    "HouseholdImportQuerySet",
    "HouseholdQuerySet",
    "HouseholdTag",
    "ListLayout",
    "Membership",
    "PasswordTry",
    "Province",
    "Tag",
    "TagQuerySet",
    "User",
    "Village",
    "VillageQuerySet",
    "Ward",
    "WardQuerySet",
]
