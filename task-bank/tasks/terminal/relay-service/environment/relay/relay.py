"""The relay: relay.py check | serve."""

import configparser
import hmac
import os
import re
import signal
import socket
import sys
import threading


def settings():
    parser = configparser.ConfigParser()
    with open("relay.conf") as file:
        parser.read_file(file)
    found = dict(parser["relay"])
    for key in ("port", "max_size", "clients"):
        if not found[key].isdigit() or int(found[key]) == 0:
            sys.exit(f"{key}: expected a whole number")
        found[key] = int(found[key])
    if found["port"] > 65535:
        sys.exit("port: there is no such port")
    return found


def check(found):
    folder = found["spool"]
    if not os.path.isdir(folder):
        sys.exit(f"{folder}: no such folder")
    if os.stat(folder).st_mode & 0o077:
        sys.exit(f"{folder}: others may look into it")
    if os.stat(found["key_file"]).st_mode & 0o077:
        sys.exit(f"{found['key_file']}: others may read it")
    for at, name in enumerate(sorted(os.listdir(folder)), 1):
        if not re.fullmatch(r"\d{6}\.msg", name):
            sys.exit(f"{name}: not a message")
        if int(name[:6]) != at:
            sys.exit(f"{at:06}.msg: is missing")
        if not os.access(os.path.join(folder, name), os.R_OK | os.W_OK):
            sys.exit(f"{name}: cannot be read")
    if not os.path.isdir(os.path.dirname(found["log"])):
        sys.exit(f"{found['log']}: there is no such folder")


class Relay:
    def __init__(self, found):
        self.found = found
        self.lock = threading.Lock()
        with open(found["key_file"]) as file:
            self.secret = file.read().strip()

    def answer(self, line):
        command, secret, rest = [*line.split(" ", 2), "", ""][:3]
        if not hmac.compare_digest(secret.encode(), self.secret.encode()):
            return "refused"
        with self.lock:
            count = len(os.listdir(self.found["spool"]))
            if command == "COUNT":
                return f"count {count}"
            if command == "PUT" and 0 < len(rest.encode()) <= self.found["max_size"]:
                path = os.path.join(self.found["spool"], f"{count + 1:06}.msg")
                with open(f"{path}.part", "w") as file:
                    file.write(rest)
                os.replace(f"{path}.part", path)
                return f"stored {count + 1:06}"
            if command == "GET" and re.fullmatch(r"\d{6}", rest) and 1 <= int(rest) <= count:
                with open(os.path.join(self.found["spool"], f"{rest}.msg")) as file:
                    return f"text {file.read()}"
        return "refused"

    def talk(self, connection):
        with connection, connection.makefile("rw", newline="\n") as stream:
            for line in stream:
                stream.write(f"{self.answer(line.rstrip())}\n")
                stream.flush()


def serve(found):
    relay = Relay(found)
    server = socket.create_server((found["address"], found["port"]), backlog=found["clients"])

    def stop(*_):
        os.remove("relay.pid")
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    with open(found["log"], "a") as log:
        log.write("started\n")
    with open("relay.pid.part", "w") as file:
        file.write(str(os.getpid()))
    os.replace("relay.pid.part", "relay.pid")
    while True:
        connection, _ = server.accept()
        threading.Thread(target=relay.talk, args=[connection], daemon=True).start()


def main(command):
    found = settings()
    check(found)
    if command == "check":
        print("ok")
    elif command == "serve":
        serve(found)


main(*sys.argv[1:])
