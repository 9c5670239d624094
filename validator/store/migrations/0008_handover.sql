DROP TRIGGER place_event ON "events";--> statement-breakpoint
DROP FUNCTION place_event();--> statement-breakpoint
DROP SEQUENCE "events_places";--> statement-breakpoint
CREATE INDEX "events_unplaced" ON "events" USING btree ("id") WHERE "events"."place" is null;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "sent" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "submissions" ALTER COLUMN "sent" SET DEFAULT false;--> statement-breakpoint
CREATE INDEX "submissions_unsent" ON "submissions" USING btree ("id") WHERE not "submissions"."sent";
