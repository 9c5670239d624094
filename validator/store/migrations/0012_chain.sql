CREATE TABLE "subnets" (
	"block" integer PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"snapshot" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "emissions" ADD COLUMN "sealed" jsonb;--> statement-breakpoint
ALTER TABLE "emissions" ADD COLUMN "revealed" integer;