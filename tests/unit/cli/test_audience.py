"""Does the command list everything, however many calls it takes?"""

import httpx

from services.cli.audience import all_comments


def test_comments_are_listed_beyond_the_first_page() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        asked.append((request.url.params["status"], request.url.params["after"]))
        page = [{"id": number} for number in range(after + 1, min(after + 3, 8))]
        return httpx.Response(200, json={"comments": page, "next": page[-1]["id"] if page else after})

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://newswire") as client:
        assert [one["id"] for one in all_comments(client, "held")] == list(range(1, 8))
    assert asked == [("held", "0"), ("held", "2"), ("held", "4"), ("held", "6"), ("held", "7")]
