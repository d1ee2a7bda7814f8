"""Makes households and notices for tests. Names are invented, phones start with 0510 (no Vietnamese network)."""

from itertools import count, cycle

import factory
from factory.django import DjangoModelFactory

from communities.models import Contact, Household, User, Village
from notices.models import Notice, Recipient

NAMES = cycle(
    [
        "Lê Thị Thúy", "Nguyễn Văn Hòa", "Phạm Đình Ước", "Hà Văn Sỹ", "Đỗ Thị Bưởi",
        "Trịnh Xuân Ân", "Bùi Thị Kim Oanh", "Cao Văn Phú", "Lò Thị Ỏm", "Vũ Hữu Đức",
    ]
)  # fmt: skip
_phones = count(100_000)
OWN = ""  # a phone nobody else has


def new_phone() -> str:
    """A phone no other household of this test process has, in E.164."""
    return f"+84510{next(_phones)}"


class UserFactory(DjangoModelFactory):
    """A member of staff without any role. The password is `matkhau-thu-nghiem`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"nguoi.{n}")
    full_name = factory.LazyFunction(lambda: next(NAMES))
    password = factory.django.Password("matkhau-thu-nghiem")


class VillageFactory(DjangoModelFactory):
    """An active village; give `ward` and `name`."""

    class Meta:
        model = Village

    @factory.lazy_attribute
    def code(self) -> str:
        from communities.names import initials

        return initials(self.name.split(" ", 1)[1])


class HouseholdFactory(DjangoModelFactory):
    """A household of `village`, without any phone: `make_household` adds one."""

    class Meta:
        model = Household

    ward = factory.SelfAttribute("village.ward")
    code = factory.LazyAttributeSequence(lambda household, n: f"{household.village.code}-{n:04}")
    head_name = factory.LazyFunction(lambda: next(NAMES))
    lane = "Xóm Giữa"


def make_household(village: Village, *, phone: str | None = OWN, contact: dict | None = None, **fields) -> Household:
    """One household with one contact of rank 1. `phone=None`: no phone. `contact`: further fields of the contact."""
    household = HouseholdFactory(village=village, **fields)
    if phone is not None:
        Contact.objects.create(
            household=household, name=household.head_name, phone=phone or new_phone(), rank=1, **(contact or {})
        )
    return household


def make_households(number: int, village: Village, **fields) -> list[Household]:
    """Several households of one village."""
    return [make_household(village, **fields) for _ in range(number)]


class NoticeFactory(DjangoModelFactory):
    """A draft to all villages given; `villages=[…]`, `created_by` and `ward` are needed."""

    class Meta:
        model = Notice
        skip_postgeneration_save = True

    title = "Họp nhân dân bàn việc làm đường nội thôn"
    body = "Kính mời đại diện hộ đến dự cuộc họp thôn. Đề nghị bà con đến đúng giờ."
    place = "Nhà văn hóa thôn"
    contact = "Trưởng thôn, 0510 000 001"

    @factory.post_generation
    def villages(self, create, value, **kwargs):
        """The audience."""
        self.villages.set(value or [])


class RecipientFactory(DjangoModelFactory):
    """A household of a notice; give `notice` and `household`."""

    class Meta:
        model = Recipient

    ward = factory.SelfAttribute("household.ward")
    village = factory.SelfAttribute("household.village")
