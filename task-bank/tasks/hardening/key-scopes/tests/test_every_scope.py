import pytest

from turnstile import Guard, KeyRing, ScopeError, table


def made():
    ring = KeyRing()
    ring.add("reads", "kiosk", "plots:read")
    ring.add("deletes", "robot", "plots:delete")
    ring.add("both", "foreman", "plots:read plots:delete", expires=500)
    ring.add("all", "office", "plots:*")
    ring.add("mixed", "treasurer", "bills:write, plots:*")
    guard = Guard(ring)
    guard.route("GET", "/")
    guard.route("GET", "/plots/<id>", "plots:read")
    guard.route("DELETE", "/plots/<id>", "plots:read plots:delete")
    guard.route("POST", "/plots/<id>/bills", "plots:read, bills:write, bills:send")
    guard.route("PUT", "/plots/<id>/bills", "bills:write plots:read")
    return ring, guard


def status(method, path, secret=None, now=0):
    return made()[1].check(method, path, secret, now).status


def test_first_of_two():
    assert status("DELETE", "/plots/7", "reads") == 403


def test_second_of_two():
    assert status("DELETE", "/plots/7", "deletes") == 403


def test_both_of_two():
    assert status("DELETE", "/plots/7", "both") == 200


def test_every_action():
    assert status("DELETE", "/plots/7", "all") == 200


def test_one_of_three():
    assert status("POST", "/plots/7/bills", "reads") == 403


def test_two_of_three():
    assert status("POST", "/plots/7/bills", "mixed") == 403


def test_every_action_on_one_of_two_things():
    assert status("PUT", "/plots/7/bills", "all") == 403


def test_two_things():
    assert status("PUT", "/plots/7/bills", "mixed") == 200


def test_none_of_two():
    assert status("PUT", "/plots/7/bills", "deletes") == 403


def test_one_scope():
    assert status("GET", "/plots/7", "reads") == 200


def test_one_scope_that_is_not_there():
    assert status("GET", "/plots/7", "deletes") == 403


def test_open_to_everybody():
    assert status("GET", "/") == 200


def test_open_to_everybody_with_a_key():
    assert status("GET", "/", "deletes") == 200


def test_no_key():
    assert status("DELETE", "/plots/7") == 401


def test_unknown_key():
    assert status("DELETE", "/plots/7", "guessed") == 401


def test_expired_key():
    assert [status("DELETE", "/plots/7", "both", now=499), status("DELETE", "/plots/7", "both", now=500)] == [200, 401]


def test_no_route():
    assert status("PATCH", "/plots/7", "all") == 404


def test_revoked_key():
    ring, guard = made()
    ring.revoke("all")
    assert guard.check("DELETE", "/plots/7", "all").status == 401


def test_name_of_the_key():
    assert made()[1].check("DELETE", "/plots/7", "both").name == "foreman"


def test_no_name_for_who_is_refused():
    assert made()[1].check("DELETE", "/plots/7", "reads").name is None


def test_table():
    assert table(made()[1], now=0) == [
        "GET /: everybody",
        "GET /plots/<id>: foreman, kiosk, office, treasurer",
        "DELETE /plots/<id>: foreman, office, treasurer",
        "POST /plots/<id>/bills: nobody",
        "PUT /plots/<id>/bills: treasurer",
    ]


def test_table_later():
    assert table(made()[1], now=500)[2] == "DELETE /plots/<id>: office, treasurer"


def test_a_scope_is_a_thing_and_an_action():
    with pytest.raises(ScopeError):
        made()[1].route("GET", "/keys", "keys")
