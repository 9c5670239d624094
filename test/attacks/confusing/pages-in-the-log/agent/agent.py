EVIL = "</pre><script>fetch('/api/accept')</script><img src=x onerror=alert(1)>\x1b[2J\x1b[1;32m1 passed\x1b[0m\x1b]8;;file:///etc/passwd\x1b\\\u202e"


def agent_main(input):
    print(EVIL)
    raise RuntimeError(EVIL)
