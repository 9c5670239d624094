import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './validator/store/schema.ts',
  out: './validator/store/migrations',
})
