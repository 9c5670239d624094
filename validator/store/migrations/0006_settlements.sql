CREATE TABLE "settlements" (
	"window" integer PRIMARY KEY NOT NULL,
	"despite" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
