ALTER TABLE "receipts" DROP CONSTRAINT "receipts_pkey";--> statement-breakpoint
ALTER TABLE "receipts" ADD COLUMN "kind" text DEFAULT 'verdict' NOT NULL;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_attempt_kind_pk" PRIMARY KEY("attempt","kind");--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "detail" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "seconds" integer DEFAULT 3600 NOT NULL;
