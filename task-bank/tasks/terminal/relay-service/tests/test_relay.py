import configparser
import hashlib
import os
import socket
import subprocess

RELAY = "/app/relay"


def control(command):
    done = subprocess.run(["./relayctl", command], cwd=RELAY, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


def talk(*lines):
    """Starts the relay, says some lines to it, and stops it."""
    answers = []
    if control("start")[0] == 0:
        with socket.create_connection(("127.0.0.1", 7070), timeout=5) as connection, connection.makefile("rw") as stream:
            for line in lines:
                stream.write(f"{line}\n")
                stream.flush()
                answers.append(stream.readline().strip())
    control("stop")
    return answers


def setting(key):
    parser = configparser.ConfigParser()
    parser.read(f"{RELAY}/relay.conf")
    return parser["relay"][key]


def rights(name):
    return os.stat(f"{RELAY}/{name}").st_mode & 0o077


def digest(name):
    with open(f"{RELAY}/{name}", "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def test_status_before_anything_was_started():
    assert control("status") == (0, "stopped\n")


def test_check():
    assert control("check") == (0, "ok\n")


def test_messages_are_all_there():
    assert talk("COUNT heron-17-teal") == ["count 8"]


def test_messages_can_be_read():
    assert talk("GET heron-17-teal 000003", "GET heron-17-teal 000005", "GET heron-17-teal 000008") == [
        "text message number 3",
        "text message number 5",
        "text message number 8",
    ]


def test_a_new_message():
    assert talk("PUT heron-17-teal hello", "GET heron-17-teal 000009") == ["stored 000009", "text hello"]


def test_size_of_messages():
    assert talk(f"PUT heron-17-teal {'x' * 4097}", f"PUT heron-17-teal {'x' * 4096}") == ["refused", "stored 000010"]


def test_another_secret():
    assert talk("COUNT heron-18-teal") == ["refused"]


def test_start_and_stop():
    assert [control(command)[0] for command in ("start", "stop", "start", "stop")] == [0, 0, 0, 0]


def test_status_while_it_runs():
    control("start")
    said = control("status")[1]
    control("stop")
    assert said == "running\n"


def test_log():
    talk("COUNT heron-17-teal")
    with open(f"{RELAY}/log/relay.log") as file:
        assert file.readlines()[-1] == "started\n"


def test_address_and_port():
    assert [setting("address"), setting("port")] == ["127.0.0.1", "7070"]


def test_limits():
    assert [setting("max_size"), setting("clients")] == ["4096", "4"]


def test_places():
    assert [setting("spool"), setting("key_file")] == ["/app/relay/spool", "/app/relay/secret.key"]


def test_rights():
    assert [rights("secret.key"), rights("spool")] == [0, 0]


def test_nothing_half_done_in_the_spool():
    assert [name for name in os.listdir(f"{RELAY}/spool") if not name.endswith(".msg")] == []


def test_the_programs_are_untouched():
    assert [digest("relay.py"), digest("relayctl")] == ["107e0aeadfa4c1c7", "adf21cc83e499c8b"]
