def agent_main(input):
    return "".join(f"diff --git a/{number:06} b/{number:06}\nnew file mode 100644\n" for number in range(320_000, 0, -1))
