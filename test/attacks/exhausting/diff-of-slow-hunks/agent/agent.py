LINES = 1_000_000
HUNK = 400_000


def agent_main(input):
    made = f"diff --git a/s b/s\nnew file mode 100644\n--- /dev/null\n+++ b/s\n@@ -0,0 +1,{LINES} @@\n" + "+a\n" * LINES
    middle = LINES // 2
    hunk = f"@@ -{middle},{HUNK + 2} +{middle},{HUNK + 2} @@\n" + " a\n" * HUNK + "-b\n+c\n a\n"
    return f"{made}diff --git a/s b/s\n--- a/s\n+++ b/s\n{hunk}"
