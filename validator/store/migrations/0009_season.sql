CREATE TABLE "reigns" (
	"number" bigserial PRIMARY KEY NOT NULL,
	"submission" text NOT NULL,
	"block" integer NOT NULL,
	"draw" text,
	"credit" double precision NOT NULL,
	CONSTRAINT "reigns_draw_unique" UNIQUE("draw")
);
--> statement-breakpoint
DROP INDEX "attempts_once";--> statement-breakpoint
ALTER TABLE "receipts" DROP CONSTRAINT "receipts_attempt_kind_pk";--> statement-breakpoint
ALTER TABLE "receipts" ALTER COLUMN "attempt" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "receipts" ALTER COLUMN "kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "receipts" ADD COLUMN "subject" text;--> statement-breakpoint
ALTER TABLE "receipts" ADD COLUMN "window" integer;--> statement-breakpoint
UPDATE "receipts" SET "subject" = "attempt", "window" = d."window" FROM "attempts" a JOIN "draws" d ON d."id" = a."draw" WHERE a."id" = "receipts"."attempt";--> statement-breakpoint
ALTER TABLE "receipts" ALTER COLUMN "subject" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_subject_kind_pk" PRIMARY KEY("subject","kind");--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "block" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "standings" jsonb;--> statement-breakpoint
ALTER TABLE "reigns" ADD CONSTRAINT "reigns_submission_submissions_id_fk" FOREIGN KEY ("submission") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attempts_by_draw" ON "attempts" USING btree ("draw","submission");--> statement-breakpoint
CREATE INDEX "receipts_by_attempt" ON "receipts" USING btree ("attempt");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_once" ON "attempts" USING btree ("submission","draw","stage","task");