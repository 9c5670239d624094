CREATE TABLE "mirrors" (
	"source" text NOT NULL,
	"digest" text NOT NULL,
	"origin" text NOT NULL,
	"board" jsonb NOT NULL,
	"taken" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mirrors_source_digest_pk" PRIMARY KEY("source","digest")
);
--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "kind" text DEFAULT 'miner' NOT NULL;