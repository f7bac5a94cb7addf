# SPDX-License-Identifier: EUPL-1.2
"""A well-formed call for each operation of the helper. Anybody may make them."""

from tests.contracts.calling import Call, Identity
from tests.contracts.cases import Case, Cases
from tests.contracts.world import World


def chatbot_cases(world: World) -> Cases:
    """All of them."""
    question = {"text": "Hoe stop ik met delen?", "locale": "nl", "audience": "12-15"}
    yield Case("chatbot.answerQuestion", Call("chatbot", "POST", "/answers", question), Identity)
    listed = Call("chatbot", "GET", "/topics", query={"locale": "nl", "audience": "relative"})
    topics = yield Case("chatbot.listTopics", listed, Identity)
    place = f"/rules/{topics.json()['items'][0]['rule']}"
    yield Case("chatbot.getRule", Call("chatbot", "GET", place), Identity, Call("chatbot", "GET", "/rules/nothing"))
