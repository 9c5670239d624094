CREATE SEQUENCE "public"."line" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1000 CACHE 1;--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"submission" text NOT NULL,
	"task" text NOT NULL,
	"stage" text NOT NULL,
	"draw" text NOT NULL,
	"place" integer NOT NULL,
	"state" text NOT NULL,
	"lease" text,
	"worker" text,
	"faults" integer DEFAULT 0 NOT NULL,
	"left" jsonb,
	"verdict" text,
	"reason" text,
	"planned" timestamp with time zone DEFAULT now() NOT NULL,
	"started" timestamp with time zone,
	"ended" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"by" text NOT NULL,
	"act" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bans" (
	"key" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"until" timestamp with time zone,
	"by" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"hash" text PRIMARY KEY NOT NULL,
	"hotkey" text NOT NULL,
	"block" integer NOT NULL,
	"index" integer NOT NULL,
	"submission" text,
	"received" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "controls" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credits" (
	"hotkey" text PRIMARY KEY NOT NULL,
	"left" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "draws" (
	"id" text PRIMARY KEY NOT NULL,
	"window" integer NOT NULL,
	"purpose" text NOT NULL,
	"proof" jsonb NOT NULL,
	"tasks" jsonb NOT NULL,
	"made" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"submission" text DEFAULT '' NOT NULL,
	"body" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "faults" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"attempt" text NOT NULL,
	"worker" text NOT NULL,
	"kind" text NOT NULL,
	"code" text NOT NULL,
	"evidence" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nonces" (
	"hotkey" text NOT NULL,
	"nonce" text NOT NULL,
	"expires" timestamp with time zone NOT NULL,
	CONSTRAINT "nonces_hotkey_nonce_pk" PRIMARY KEY("hotkey","nonce")
);
--> statement-breakpoint
CREATE TABLE "receipts" (
	"attempt" text PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL,
	"sequence" bigint,
	"previous" text,
	"digest" text,
	"signer" text,
	"signature" text,
	"made" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receipts_sequence_unique" UNIQUE("sequence"),
	CONSTRAINT "receipts_digest_unique" UNIQUE("digest")
);
--> statement-breakpoint
CREATE TABLE "scores" (
	"submission" text NOT NULL,
	"window" integer NOT NULL,
	"environment" text NOT NULL,
	"solved" integer NOT NULL,
	"judged" integer NOT NULL,
	"voided" integer NOT NULL,
	"score" double precision NOT NULL,
	CONSTRAINT "scores_submission_window_environment_pk" PRIMARY KEY("submission","window","environment")
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"id" text PRIMARY KEY NOT NULL,
	"hotkey" text NOT NULL,
	"coldkey" text NOT NULL,
	"cluster" text NOT NULL,
	"digest" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"envelope" jsonb NOT NULL,
	"block" integer NOT NULL,
	"index" integer NOT NULL,
	"state" text NOT NULL,
	"stage" text NOT NULL,
	"reasons" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"window" integer NOT NULL,
	"opens" timestamp with time zone,
	"received" timestamp with time zone DEFAULT now() NOT NULL,
	"changed" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"digest" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"environment" text NOT NULL,
	"pack" text NOT NULL,
	"needs" jsonb NOT NULL,
	"splits" boolean NOT NULL,
	"added" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"engine" text NOT NULL,
	"cpus" integer NOT NULL,
	"memory_megabytes" integer NOT NULL,
	"labels" jsonb NOT NULL,
	"phases" jsonb NOT NULL,
	"version" text NOT NULL,
	"state" text NOT NULL,
	"started" timestamp with time zone DEFAULT now() NOT NULL,
	"seen" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_submission_submissions_id_fk" FOREIGN KEY ("submission") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_task_tasks_digest_fk" FOREIGN KEY ("task") REFERENCES "public"."tasks"("digest") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "faults" ADD CONSTRAINT "faults_attempt_attempts_id_fk" FOREIGN KEY ("attempt") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receipts" ADD CONSTRAINT "receipts_attempt_attempts_id_fk" FOREIGN KEY ("attempt") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_once" ON "attempts" USING btree ("submission","stage","task");--> statement-breakpoint
CREATE INDEX "attempts_by_state" ON "attempts" USING btree ("state");--> statement-breakpoint
CREATE INDEX "attempts_by_task" ON "attempts" USING btree ("task");--> statement-breakpoint
CREATE INDEX "events_by_submission" ON "events" USING btree ("submission","id");--> statement-breakpoint
CREATE INDEX "receipts_unsigned" ON "receipts" USING btree ("made") WHERE "receipts"."sequence" is null;--> statement-breakpoint
CREATE INDEX "submissions_by_hotkey" ON "submissions" USING btree ("hotkey","received");--> statement-breakpoint
CREATE INDEX "submissions_by_cluster" ON "submissions" USING btree ("cluster","state");--> statement-breakpoint
CREATE INDEX "submissions_by_state" ON "submissions" USING btree ("state","stage");