DROP INDEX "events_by_submission";--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "place" bigint;--> statement-breakpoint
CREATE INDEX "events_by_submission" ON "events" USING btree ("submission","place");--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_place_unique" UNIQUE("place");--> statement-breakpoint
UPDATE "events" SET "place" = "id";--> statement-breakpoint
CREATE SEQUENCE "events_places";--> statement-breakpoint
SELECT setval('events_places', greatest((SELECT max("place") FROM "events"), 1), (SELECT max("place") FROM "events") IS NOT NULL);--> statement-breakpoint
CREATE FUNCTION place_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Until the commit is seen by all no other transaction gets a place: so places are seen in their order.
  PERFORM pg_advisory_xact_lock(1634887030);
  UPDATE "events" SET "place" = nextval('events_places') WHERE "id" = NEW."id";
  PERFORM pg_notify('arete_events', '');
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER place_event AFTER INSERT ON "events" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW."place" IS NULL) EXECUTE FUNCTION place_event();
