CREATE TABLE "fingerprints" (
	"digest" text PRIMARY KEY NOT NULL,
	"print" jsonb,
	"trouble" text,
	"made" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suspicions" (
	"submission" text PRIMARY KEY NOT NULL,
	"origin" text,
	"measures" jsonb,
	"quantile" double precision,
	"reason" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "suspicions" ADD CONSTRAINT "suspicions_submission_submissions_id_fk" FOREIGN KEY ("submission") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;