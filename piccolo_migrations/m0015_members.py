"""Teams people belong to: who is in them, found quickly; the owner who stays; names of teams that are taken."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.migrations import in_transaction

ID = "0015_members"
DESCRIPTION = "Index of members, standings, the last owner, names of teams, handing over."

# Text as it is sorted and searched: no case, no accents. Both functions depend on nothing but their argument. A database
# whose own rules are those of C knows capitals of ASCII only, so the rules of Unicode are taken where the server has
# them. What parts words is named, not asked of a locale: app/members/people/words.py has the same.
FOLD = r"""
DO $do$
DECLARE rules text;
BEGIN
    SELECT quote_ident("collname") INTO rules FROM pg_collation
    WHERE "collname" IN ('pg_c_utf8', 'unicode', 'und-x-icu') AND "collencoding" IN (-1, pg_char_to_encoding('UTF8'))
    ORDER BY array_position(ARRAY['pg_c_utf8', 'unicode', 'und-x-icu'], "collname"::text) LIMIT 1;
    EXECUTE format($body$
        CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT lower(regexp_replace(normalize(coalesce(value, ''), NFKD), '[\u0300-\u036f]', '', 'g') COLLATE %s)
                COLLATE "C"
        $$
    $body$, coalesce(rules, '"default"'));
END
$do$;

CREATE FUNCTION words_of(name text, email text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT left(word, 100) FROM (
        SELECT regexp_split_to_table(fold(name), '[\u0001-/:-@\[-`{-\u00bf\u2000-\u206f\u3000-\u303f]+') AS word
        UNION ALL SELECT regexp_split_to_table(fold(email), '[^a-z0-9]+')
        UNION ALL SELECT fold(email)
    ) found WHERE word <> ''
$$;
"""

# One row for each member, kept by triggers: the list is sorted, filtered and searched here and nowhere else.
INDEX = """
CREATE TABLE "MemberIndex" (
    "tenantId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "nameKey" VARCHAR COLLATE "C" NOT NULL,
    "emailKey" VARCHAR COLLATE "C" NOT NULL,
    "status" VARCHAR NOT NULL CHECK ("status" IN ('active', 'suspended', 'closed')),
    "joinedAt" TIMESTAMP NOT NULL,
    "lastActive" TIMESTAMP,
    PRIMARY KEY ("tenantId", "userId"),
    FOREIGN KEY ("userId", "tenantId") REFERENCES "TenantUsers" ("userId", "tenantId") ON DELETE CASCADE
);

CREATE INDEX member_index_user_id_idx ON "MemberIndex" ("userId", "tenantId");
CREATE INDEX member_index_name_idx ON "MemberIndex" ("tenantId", "nameKey", "userId");
CREATE INDEX member_index_joined_idx ON "MemberIndex" ("tenantId", "joinedAt" DESC, "userId" DESC);
CREATE INDEX member_index_active_idx ON "MemberIndex"
    ("tenantId", (coalesce("lastActive", 'epoch'::timestamp)) DESC, "userId" DESC);
CREATE INDEX member_index_status_idx ON "MemberIndex" ("tenantId", "status", "nameKey", "userId")
    WHERE "status" <> 'active';

CREATE TABLE "MemberWords" (
    "tenantId" UUID NOT NULL,
    "word" VARCHAR COLLATE "C" NOT NULL,
    "userId" UUID NOT NULL,
    PRIMARY KEY ("tenantId", "userId", "word"),
    FOREIGN KEY ("tenantId", "userId") REFERENCES "MemberIndex" ("tenantId", "userId") ON DELETE CASCADE
);

CREATE INDEX member_words_word_idx ON "MemberWords" ("tenantId", "word", "userId");

CREATE UNIQUE INDEX roles_id_tenant_id_key ON "Roles" ("id", "tenantId");

CREATE TABLE "MemberRoles" (
    "tenantId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "roleId" UUID NOT NULL,
    PRIMARY KEY ("tenantId", "userId", "roleId"),
    FOREIGN KEY ("tenantId", "userId") REFERENCES "MemberIndex" ("tenantId", "userId") ON DELETE CASCADE,
    FOREIGN KEY ("roleId", "tenantId") REFERENCES "Roles" ("id", "tenantId") ON DELETE CASCADE
);

CREATE INDEX member_roles_role_idx ON "MemberRoles" ("roleId", "userId");
CREATE INDEX member_roles_held_idx ON "MemberRoles" ("roleId", "tenantId");
"""

STANDINGS = """
CREATE TABLE "MemberStandings" (
    "tenantId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "invitedBy" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "suspendedAt" TIMESTAMP,
    "suspendedBy" UUID REFERENCES "Users" ("id") ON DELETE SET NULL,
    "suspendReason" VARCHAR,
    "formerRoles" VARCHAR[] NOT NULL DEFAULT ARRAY[]::VARCHAR[],
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("tenantId", "userId"),
    FOREIGN KEY ("userId", "tenantId") REFERENCES "TenantUsers" ("userId", "tenantId") ON DELETE CASCADE
);

CREATE INDEX member_standings_user_id_idx ON "MemberStandings" ("userId", "tenantId");
CREATE INDEX member_standings_invited_by_idx ON "MemberStandings" ("invitedBy") WHERE "invitedBy" IS NOT NULL;
CREATE INDEX member_standings_suspended_by_idx ON "MemberStandings" ("suspendedBy") WHERE "suspendedBy" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "MemberStandings" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE "OwnershipTransfers" (
    "id" UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    "tenantId" UUID NOT NULL REFERENCES "Tenants" ("id") ON DELETE CASCADE,
    "fromUserId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "toUserId" UUID NOT NULL REFERENCES "Users" ("id") ON DELETE CASCADE,
    "steppingDown" BOOLEAN NOT NULL,
    "expiresAt" TIMESTAMP NOT NULL,
    "endedAt" TIMESTAMP,
    "outcome" VARCHAR CHECK ("outcome" IN ('accepted', 'declined', 'withdrawn', 'expired')),
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX ownership_transfers_open_key ON "OwnershipTransfers" ("tenantId") WHERE "endedAt" IS NULL;
CREATE INDEX ownership_transfers_tenant_id_idx ON "OwnershipTransfers" ("tenantId");
CREATE INDEX ownership_transfers_from_user_id_idx ON "OwnershipTransfers" ("fromUserId");
CREATE INDEX ownership_transfers_to_user_id_idx ON "OwnershipTransfers" ("toUserId");

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "OwnershipTransfers" FOR EACH ROW EXECUTE FUNCTION touch_row();
"""

# Statement triggers, because a hundred thousand memberships come by COPY. The foreign keys of MemberRoles refuse a
# role of another tenant, and a text that is no role's id.
KEEP = """
CREATE FUNCTION member_status(account "Users", standing "MemberStandings") RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN account."status" <> 'active' THEN 'closed'
        WHEN standing."suspendedAt" IS NOT NULL THEN 'suspended' ELSE 'active' END
$$;

CREATE FUNCTION index_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "MemberIndex" ("tenantId", "userId", "nameKey", "emailKey", "status", "joinedAt")
        SELECT m."tenantId", m."userId", left(fold(coalesce(nullif(u."name", ''), u."email")), 200),
            left(fold(u."email"), 400), member_status(u, (SELECT s FROM "MemberStandings" s
                WHERE s."tenantId" = m."tenantId" AND s."userId" = m."userId")), m."createdAt"
        FROM fresh m JOIN "Users" u ON u."id" = m."userId";
        INSERT INTO "MemberWords" ("tenantId", "userId", "word")
        SELECT m."tenantId", m."userId", w FROM fresh m JOIN "Users" u ON u."id" = m."userId",
            words_of(u."name", u."email") w;
    ELSE
        DELETE FROM "MemberRoles" r USING fresh f, stale s
        WHERE s."id" = f."id" AND s."roles" IS DISTINCT FROM f."roles"
            AND r."tenantId" = f."tenantId" AND r."userId" = f."userId"
            AND NOT r."roleId"::text = ANY (coalesce(f."roles", '{}'));
    END IF;
    INSERT INTO "MemberRoles" ("tenantId", "userId", "roleId")
    SELECT f."tenantId", f."userId", role::uuid FROM fresh f, unnest(f."roles") role
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_new_members AFTER INSERT ON "TenantUsers" REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION index_members();
CREATE TRIGGER index_changed_members AFTER UPDATE ON "TenantUsers"
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION index_members();

CREATE FUNCTION index_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "MemberIndex" i SET "nameKey" = left(fold(coalesce(nullif(NEW."name", ''), NEW."email")), 200),
        "emailKey" = left(fold(NEW."email"), 400),
        "status" = member_status(NEW, (SELECT s FROM "MemberStandings" s
            WHERE s."tenantId" = i."tenantId" AND s."userId" = i."userId"))
    WHERE i."userId" = NEW."id";
    IF (OLD."name", OLD."email") IS DISTINCT FROM (NEW."name", NEW."email") THEN
        DELETE FROM "MemberWords" w USING "MemberIndex" i
        WHERE i."userId" = NEW."id" AND w."tenantId" = i."tenantId" AND w."userId" = i."userId";
        INSERT INTO "MemberWords" ("tenantId", "userId", "word")
        SELECT i."tenantId", i."userId", w FROM "MemberIndex" i, words_of(NEW."name", NEW."email") w
        WHERE i."userId" = NEW."id";
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_person AFTER UPDATE OF "name", "email", "status" ON "Users" FOR EACH ROW
    WHEN ((OLD."name", OLD."email", OLD."status") IS DISTINCT FROM (NEW."name", NEW."email", NEW."status"))
    EXECUTE FUNCTION index_person();

CREATE FUNCTION index_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "MemberIndex" i SET "status" = member_status(u, NEW) FROM "Users" u
    WHERE i."tenantId" = NEW."tenantId" AND i."userId" = NEW."userId" AND u."id" = NEW."userId"
        AND i."status" <> member_status(u, NEW);
    RETURN NULL;
END
$$;

CREATE TRIGGER index_standing AFTER INSERT OR UPDATE ON "MemberStandings"
    FOR EACH ROW EXECUTE FUNCTION index_standing();

INSERT INTO "MemberIndex" ("tenantId", "userId", "nameKey", "emailKey", "status", "joinedAt")
SELECT m."tenantId", m."userId", left(fold(coalesce(nullif(u."name", ''), u."email")), 200), left(fold(u."email"), 400),
    member_status(u, NULL), m."createdAt"
FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId";
INSERT INTO "MemberWords" ("tenantId", "userId", "word")
SELECT m."tenantId", m."userId", w FROM "TenantUsers" m JOIN "Users" u ON u."id" = m."userId",
    words_of(u."name", u."email") w;
INSERT INTO "MemberRoles" ("tenantId", "userId", "roleId")
SELECT DISTINCT m."tenantId", m."userId", r."id" FROM "TenantUsers" m
JOIN "Roles" r ON r."tenantId" = m."tenantId" AND r."id"::text = ANY (m."roles");
"""

# Roles that somebody holds are not deleted but by the tenant's own end: a replacement comes first. What every tenant
# has stays: its built-in roles, and at least one owner whose account can be used (decisions 5).
STAYS = """
CREATE FUNCTION keep_held_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId"
            WHERE m."tenantId" = OLD."tenantId" AND m."userId" = OLD."userId"
            AND OLD."roleId"::text = ANY (m."roles")) THEN
        RAISE EXCEPTION 'a role that a member holds stays' USING ERRCODE = 'restrict_violation',
            CONSTRAINT = 'held_role';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER keep_held_role AFTER DELETE ON "MemberRoles" DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION keep_held_role();

CREATE FUNCTION keep_built_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId"
            WHERE r."id" = OLD."roleId") THEN
        RAISE EXCEPTION 'a built-in role stays' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'built_in_role';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER keep_built_in AFTER UPDATE OR DELETE ON "BuiltInRoles" DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION keep_built_in();

CREATE FUNCTION keep_built_in_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM "BuiltInRoles" b WHERE b."roleId" = OLD."id")
            AND (TG_OP = 'UPDATE' OR EXISTS (SELECT FROM "Tenants" t WHERE t."id" = OLD."tenantId")) THEN
        RAISE EXCEPTION 'a built-in role stays as it is' USING ERRCODE = 'restrict_violation',
            CONSTRAINT = 'built_in_role';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE TRIGGER keep_built_in_role BEFORE DELETE ON "Roles" FOR EACH ROW EXECUTE FUNCTION keep_built_in_role();
CREATE TRIGGER keep_built_in_name BEFORE UPDATE OF "name", "tenantId" ON "Roles" FOR EACH ROW
    WHEN ((OLD."name", OLD."tenantId") IS DISTINCT FROM (NEW."name", NEW."tenantId"))
    EXECUTE FUNCTION keep_built_in_role();

-- MemberRoles only finds them: within a statement its rows follow later than those of TenantUsers.
CREATE FUNCTION keep_an_owner(tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM "Tenants" WHERE "id" = tenant FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId" AND b."kind" = 'owner'
        JOIN "TenantUsers" m ON m."tenantId" = h."tenantId" AND m."userId" = h."userId"
            AND h."roleId"::text = ANY (m."roles")
        JOIN "Users" u ON u."id" = h."userId" AND u."status" = 'active' WHERE h."tenantId" = tenant
            AND NOT EXISTS (SELECT FROM "MemberStandings" s WHERE s."tenantId" = tenant AND s."userId" = h."userId"
                AND s."suspendedAt" IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'a tenant keeps at least one owner' USING ERRCODE = 'restrict_violation',
            CONSTRAINT = 'last_owner';
    END IF;
END
$$;

CREATE FUNCTION last_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM "BuiltInRoles" b WHERE b."kind" = 'owner' AND b."roleId"::text = ANY (OLD."roles"))
            AND (TG_OP = 'DELETE' OR NOT EXISTS (SELECT FROM "BuiltInRoles" b WHERE b."kind" = 'owner'
                AND b."roleId"::text = ANY (NEW."roles"))) THEN
        PERFORM keep_an_owner(OLD."tenantId");
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER last_owner_removed AFTER DELETE ON "TenantUsers" DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION last_owner();
CREATE CONSTRAINT TRIGGER last_owner_changed AFTER UPDATE OF "roles" ON "TenantUsers" DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW WHEN (OLD."roles" IS DISTINCT FROM NEW."roles") EXECUTE FUNCTION last_owner();

CREATE FUNCTION last_owner_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tenant uuid;
BEGIN
    FOR tenant IN SELECT h."tenantId" FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId"
            AND b."kind" = 'owner' WHERE h."userId" = NEW."id" ORDER BY h."tenantId" LOOP
        PERFORM keep_an_owner(tenant);
    END LOOP;
    RETURN NULL;
END
$$;

-- Its name puts it before the triggers that keep MemberIndex: the tenant is locked first, as in all other acts.
CREATE CONSTRAINT TRIGGER closed_last_owner AFTER UPDATE OF "status" ON "Users" DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW WHEN (OLD."status" = 'active' AND NEW."status" <> 'active') EXECUTE FUNCTION last_owner_closed();

CREATE FUNCTION last_owner_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM "TenantUsers" m JOIN "BuiltInRoles" b ON b."kind" = 'owner'
            AND b."roleId"::text = ANY (m."roles") WHERE m."tenantId" = NEW."tenantId" AND m."userId" = NEW."userId") THEN
        PERFORM keep_an_owner(NEW."tenantId");
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER last_owner_suspended AFTER INSERT OR UPDATE OF "suspendedAt" ON "MemberStandings"
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN (NEW."suspendedAt" IS NOT NULL)
    EXECUTE FUNCTION last_owner_suspended();
"""

# Every slug there is or was, with its skeleton: look-alikes are one. A freed one stays taken for 90 days.
SLUGS = """
CREATE FUNCTION skeleton(slug text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(replace(replace(replace(slug, '-', ''), 'rn', 'm'), 'vv', 'w'), '01i5', 'olls')
$$;

CREATE TABLE "Slugs" (
    "slug" VARCHAR PRIMARY KEY CHECK ("slug" ~ '^[a-z0-9](-?[a-z0-9])*$'),
    "skeleton" VARCHAR NOT NULL UNIQUE,
    "tenantId" UUID REFERENCES "Tenants" ("id") ON DELETE SET NULL,
    "freedAt" TIMESTAMP,
    "createdAt" TIMESTAMP NOT NULL,
    "updatedAt" TIMESTAMP NOT NULL
);

CREATE INDEX slugs_tenant_id_idx ON "Slugs" ("tenantId") WHERE "tenantId" IS NOT NULL;

CREATE TRIGGER touch_row BEFORE INSERT OR UPDATE ON "Slugs" FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE FUNCTION keep_slugs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE "Slugs" SET "freedAt" = app_now() WHERE "slug" = OLD."slug";
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO "Slugs" AS s ("slug", "skeleton", "tenantId") VALUES (NEW."slug", skeleton(NEW."slug"), NEW."id")
        ON CONFLICT ("skeleton") DO UPDATE SET "slug" = excluded."slug", "tenantId" = excluded."tenantId",
            "freedAt" = NULL
        WHERE s."freedAt" IS NOT NULL
            AND (s."tenantId" = excluded."tenantId" OR s."freedAt" < app_now() - interval '90 days');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this slug is taken, or looks like one that is' USING ERRCODE = 'unique_violation',
                CONSTRAINT = 'slug_taken';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_new_slugs AFTER INSERT OR DELETE ON "Tenants" FOR EACH ROW EXECUTE FUNCTION keep_slugs();
CREATE TRIGGER keep_changed_slugs AFTER UPDATE OF "slug" ON "Tenants" FOR EACH ROW
    WHEN (OLD."slug" <> NEW."slug") EXECUTE FUNCTION keep_slugs();

INSERT INTO "Slugs" ("slug", "skeleton", "tenantId")
SELECT DISTINCT ON (skeleton("slug")) "slug", skeleton("slug"), "id" FROM "Tenants" ORDER BY skeleton("slug"), "createdAt";
"""

# Noted by the door, at most every five minutes, in a statement of its own that takes no other lock.
SEEN = """
CREATE FUNCTION note_active(tenant uuid, person uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "MemberIndex" SET "lastActive" = app_now() WHERE "tenantId" = tenant AND "userId" = person
        AND ("lastActive" IS NULL OR "lastActive" < app_now() - interval '5 minutes');
    RETURN FOUND;
END
$$;
"""


async def forwards() -> MigrationManager:
    return in_transaction(ID, DESCRIPTION, FOLD + INDEX + STANDINGS + KEEP + STAYS + SLUGS + SEEN)
