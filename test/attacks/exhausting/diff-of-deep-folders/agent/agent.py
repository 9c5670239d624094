def agent_main(input):
    paths = (f"{number}/" + "d/" * 250 + f"{number}" for number in range(1000))
    return "".join(f"diff --git a/{path} b/{path}\nnew file mode 100644\n" for path in paths)
