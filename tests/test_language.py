"""Vietnamese for everybody; English for whoever chose it."""

import pytest


def language_of(client, **headers) -> str:
    return client.get("/tai-khoan/dang-nhap/", **headers).headers["Content-Language"]


def test_an_english_browser_still_gets_vietnamese(db, client):
    assert language_of(client, headers={"Accept-Language": "en-US,en;q=0.9"}) == "vi"


def test_choosing_english_lasts(db, client):
    response = client.post("/ngon-ngu/", {"language": "en", "next": "/tai-khoan/dang-nhap/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/tai-khoan/dang-nhap/")
    assert response.cookies["language"]["max-age"] == 365 * 24 * 3600
    assert language_of(client) == "en"


def test_a_language_nobody_speaks_here_changes_nothing(db, client):
    client.cookies["language"] = "xx"
    assert language_of(client) == "vi"
    response = client.post("/ngon-ngu/", {"language": "xx", "next": "/"})
    assert "language" not in response.cookies


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(db, client, elsewhere):
    response = client.post("/ngon-ngu/", {"language": "en", "next": elsewhere})
    assert response.headers["Location"] == "/"
