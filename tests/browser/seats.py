# SPDX-License-Identifier: EUPL-1.2
"""Who sits at the desk in a browser, and Noor beside it with her telephone."""

from formats.team import KEEPER
from tests.browser.bureau import Bureau, Office
from tests.browser.chromium import Device
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import Hands
from tests.town import Servers


class Seats(Office):
    """The office, and who sits there in a browser."""

    def __init__(self, at: Bureau) -> None:
        super().__init__(at)
        self.codes: dict[str, str] = {}

    async def sits(self, on: Device, name: str, hands_of: type[AtTheDesk] = AtTheDesk) -> AtTheDesk:
        """Somebody at a device of their own, with all cases before them: let in the first time, by the code later."""
        hands = hands_of(on, self.at, name)
        if name in self.codes:
            await hands.comes()
            await hands.signs_in()
            await hands.opens_with_the_code(self.codes[name])
            await hands.sees_on("desk.cases.title")
        else:
            self.codes[name] = await hands.makes_keys()
            await hands.is_let_in(self, KEEPER)
        return hands


def noor_at(made: Servers, on: Device) -> Hands:
    return Hands(on, made.town.portal, f"Noor {next(made.numbers['Noor'])}")


async def says_yes(noor: Hands, to: str, end: int = 1) -> None:
    """Noor opens the question of this colleague, allows the first thing in it until one of the days, and it runs."""
    await noor.opens_the_question(to)
    await noor.page.locator("#item-0").check()
    await noor.page.locator(f"#end-{end}").check()
    await noor.press("request.yes")
    await noor.sees_on("running.title")


async def unharmed(on: Device) -> None:
    """No rule of the page was broken on the way, and nothing fell over."""
    assert await on.violations() == []
    assert on.told == []
