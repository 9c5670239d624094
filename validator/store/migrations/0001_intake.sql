CREATE TABLE "payments" (
	"reference" text PRIMARY KEY NOT NULL,
	"submission" text NOT NULL,
	"taken" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "commits" DROP CONSTRAINT "commits_pkey";--> statement-breakpoint
ALTER TABLE "commits" ADD CONSTRAINT "commits_hash_hotkey_pk" PRIMARY KEY("hash","hotkey");--> statement-breakpoint
CREATE INDEX "commits_by_hotkey" ON "commits" USING btree ("hotkey","received");
