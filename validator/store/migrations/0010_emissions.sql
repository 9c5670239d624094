CREATE TABLE "emissions" (
	"window" integer PRIMARY KEY NOT NULL,
	"weights" jsonb NOT NULL,
	"state" text NOT NULL,
	"since" integer,
	"said" text,
	"changed" timestamp with time zone DEFAULT now() NOT NULL
);
