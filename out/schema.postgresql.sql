SET check_function_bodies = off;
CREATE TYPE user_status AS ENUM ('invited', 'active', 'suspended', 'archived');
CREATE TYPE exercise_difficulty AS ENUM ('easy', 'moderate', 'hard');
CREATE TYPE care_plan_status AS ENUM ('draft', 'active', 'on_hold', 'completed', 'cancelled');
CREATE TYPE payment_method AS ENUM ('card', 'cash', 'transfer', 'insurance');
CREATE TYPE appointment_status AS ENUM ('booked', 'arrived', 'done', 'no_show', 'cancelled');
CREATE TYPE invoice_status AS ENUM ('draft', 'sent', 'paid', 'void', 'overdue');
CREATE TYPE subscription_plan AS ENUM ('trial', 'solo', 'clinic', 'group');
CREATE TYPE assignment_state AS ENUM ('open', 'in_progress', 'done', 'skipped');
CREATE FUNCTION set_updated_at() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            NEW.updated_at = now();
            RETURN NEW;
        END;
        $$;
CREATE SEQUENCE companies_id_seq AS integer;
CREATE SEQUENCE offices_id_seq AS integer;
CREATE SEQUENCE roles_id_seq AS smallint;
CREATE SEQUENCE exercise_categories_id_seq AS integer;
CREATE SEQUENCE exercises_id_seq AS integer;
CREATE SEQUENCE assignments_id_seq;
CREATE SEQUENCE progress_entries_id_seq;
CREATE SEQUENCE invoices_id_seq AS integer;
CREATE SEQUENCE audit_log_id_seq;
CREATE SEQUENCE messages_id_seq;
CREATE SEQUENCE subscriptions_id_seq AS integer;
CREATE TABLE companies (
    id integer DEFAULT nextval('companies_id_seq'::regclass) NOT NULL,
    name character varying(200) NOT NULL,
    slug character varying(80) NOT NULL,
    country character(2) DEFAULT 'US' NOT NULL,
    is_active boolean DEFAULT 'true' NOT NULL,
    settings jsonb DEFAULT '{}' NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    primary_office_id integer,
    CONSTRAINT companies_pkey PRIMARY KEY (id)
);
CREATE TABLE offices (
    id integer DEFAULT nextval('offices_id_seq'::regclass) NOT NULL,
    company_id integer NOT NULL,
    name character varying(120) NOT NULL,
    phone character varying(32),
    address text,
    timezone character varying(64) DEFAULT 'UTC' NOT NULL,
    latitude double precision,
    longitude double precision,
    is_active boolean DEFAULT '1' NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    opens_at time without time zone,
    closes_at time without time zone,
    opening_hours jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    booking_horizon smallint DEFAULT 60 NOT NULL,
    CONSTRAINT ck_offices_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT ck_offices_longitude_range CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT ck_offices_opens_before_it_closes CHECK (closes_at > opens_at),
    CONSTRAINT offices_pkey PRIMARY KEY (id)
);
CREATE TABLE roles (
    id smallint DEFAULT nextval('roles_id_seq'::regclass) NOT NULL,
    code character varying(32) NOT NULL,
    name character varying(80) NOT NULL,
    permissions text[] DEFAULT '{}' NOT NULL,
    rank smallint DEFAULT '0' NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (id)
);
CREATE TABLE users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    company_id integer NOT NULL,
    email character varying(320) NOT NULL,
    full_name character varying(120) NOT NULL,
    status user_status DEFAULT 'invited' NOT NULL,
    is_staff boolean DEFAULT false NOT NULL,
    password_hash bytea,
    locale character varying(10) DEFAULT 'en' NOT NULL,
    preferences jsonb,
    manager_id uuid,
    last_login_at timestamp with time zone,
    last_login_ip inet,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    default_office_id integer,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    feature_overrides json DEFAULT '{}' NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);
CREATE TABLE user_roles (
    user_id uuid NOT NULL,
    role_id smallint NOT NULL,
    granted_by_id uuid,
    granted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_id)
);
CREATE TABLE patients (
    id uuid NOT NULL,
    office_id integer NOT NULL,
    mrn character varying(20) NOT NULL,
    first_name character varying(100) NOT NULL,
    last_name character varying(100) NOT NULL,
    date_of_birth date,
    sex character(1) DEFAULT 'U' NOT NULL,
    legacy_code character(8),
    email character varying(320),
    phone character varying(32),
    notes text,
    emergency_contact jsonb,
    tags text[] DEFAULT '{}' NOT NULL,
    weight_kg real,
    referred_by_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT ck_patients_sex_known CHECK (sex IN ('F', 'M', 'X', 'U')),
    CONSTRAINT clients_pkey PRIMARY KEY (id)
);
CREATE TABLE exercise_categories (
    id integer DEFAULT nextval('exercise_categories_id_seq'::regclass) NOT NULL,
    slug character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    parent_id integer,
    "position" integer DEFAULT '0' NOT NULL,
    CONSTRAINT exercise_categories_pkey PRIMARY KEY (id)
);
CREATE TABLE exercises (
    id integer DEFAULT nextval('exercises_id_seq'::regclass) NOT NULL,
    category_id integer NOT NULL,
    author_id uuid,
    title character varying(160) NOT NULL,
    description text DEFAULT '' NOT NULL,
    difficulty exercise_difficulty DEFAULT 'moderate' NOT NULL,
    default_duration interval DEFAULT '00:10:00'::interval NOT NULL,
    equipment character varying(40)[] DEFAULT '{}' NOT NULL,
    instructions jsonb DEFAULT '[]' NOT NULL,
    met_value double precision,
    thumbnail bytea,
    is_public boolean DEFAULT 'false' NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    slug character varying(180) NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT exercises_pkey PRIMARY KEY (id)
);
CREATE TABLE care_plans (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    patient_id uuid NOT NULL,
    therapist_id uuid,
    title character varying(160) NOT NULL,
    status care_plan_status DEFAULT 'draft' NOT NULL,
    visibility character varying(7) DEFAULT 'team' NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    goals jsonb DEFAULT '[]'::jsonb NOT NULL,
    review_every interval DEFAULT '14 days' NOT NULL,
    total_sessions smallint DEFAULT '0' NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT ck_care_plans_dates_in_order CHECK (ends_on IS NULL OR ends_on >= starts_on),
    CONSTRAINT ck_care_plans_plan_visibility CHECK (visibility IN ('private', 'team', 'company')),
    CONSTRAINT care_plans_pkey PRIMARY KEY (id)
);
CREATE TABLE care_plan_exercises (
    care_plan_id uuid NOT NULL,
    exercise_id integer NOT NULL,
    "position" smallint NOT NULL,
    sets smallint DEFAULT '1' NOT NULL,
    reps smallint,
    hold interval,
    load_kg numeric(6,2),
    cues character varying(80)[],
    CONSTRAINT ck_care_plan_exercises_sets_positive CHECK (sets > 0),
    CONSTRAINT care_plan_exercises_pkey PRIMARY KEY (care_plan_id, exercise_id, "position")
);
CREATE TABLE assignments (
    id bigint DEFAULT nextval('assignments_id_seq'::regclass) NOT NULL,
    care_plan_id uuid NOT NULL,
    exercise_id integer NOT NULL,
    "position" smallint NOT NULL,
    patient_id uuid NOT NULL,
    assigned_by_id uuid,
    state assignment_state DEFAULT 'open'::assignment_state NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    reminder_at time without time zone,
    source_ref character varying(20),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT assignments_pkey PRIMARY KEY (id)
);
CREATE TABLE progress_entries (
    id bigint DEFAULT nextval('progress_entries_id_seq'::regclass) NOT NULL,
    assignment_id bigint NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    completed boolean DEFAULT '0' NOT NULL,
    reps integer,
    pain_score smallint,
    effort real,
    range_of_motion double precision,
    duration interval,
    payload jsonb,
    comment text,
    source_ip inet,
    CONSTRAINT ck_progress_entries_pain_score_range CHECK (pain_score >= 0 AND pain_score <= 10),
    CONSTRAINT progress_entries_pkey PRIMARY KEY (id)
);
CREATE TABLE invoices (
    id integer DEFAULT nextval('invoices_id_seq'::regclass) NOT NULL,
    company_id integer NOT NULL,
    patient_id uuid,
    number character varying(24) NOT NULL,
    status invoice_status DEFAULT 'draft' NOT NULL,
    issued_on date DEFAULT CURRENT_DATE NOT NULL,
    due_on date,
    currency character(3) DEFAULT 'USD' NOT NULL,
    subtotal numeric(12,2) DEFAULT '0' NOT NULL,
    tax numeric(12,2) DEFAULT '0.00' NOT NULL,
    total numeric(18,2) DEFAULT 0 NOT NULL,
    tax_rate numeric(5,4),
    meta jsonb,
    paid_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_invoices_subtotal_not_negative CHECK (subtotal >= 0),
    CONSTRAINT invoices_pkey PRIMARY KEY (id)
);
CREATE TABLE invoice_lines (
    invoice_id integer NOT NULL,
    line_no smallint NOT NULL,
    description character varying(240) NOT NULL,
    quantity numeric(8,3) DEFAULT '1' NOT NULL,
    unit_price numeric(12,4) NOT NULL,
    amount numeric(12,2) NOT NULL,
    taxable boolean DEFAULT true NOT NULL,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (invoice_id, line_no)
);
CREATE TABLE payments (
    id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME payments_id_seq START WITH 1000),
    invoice_id integer NOT NULL,
    method payment_method NOT NULL,
    amount numeric(12,2) NOT NULL,
    external_ref character varying(64),
    raw bytea,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (id)
);
CREATE TABLE audit_log (
    id bigint DEFAULT nextval('audit_log_id_seq'::regclass) NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    actor_id uuid,
    action character varying(64) NOT NULL,
    entity character varying(64) NOT NULL,
    entity_id text,
    before jsonb,
    after jsonb,
    ip inet,
    request_id uuid,
    user_agent text,
    severity smallint DEFAULT '0' NOT NULL,
    CONSTRAINT audit_events_pkey PRIMARY KEY (id)
);
CREATE TABLE appointments (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    office_id integer NOT NULL,
    patient_id uuid NOT NULL,
    therapist_id uuid,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    local_start timestamp without time zone NOT NULL,
    status appointment_status DEFAULT 'booked' NOT NULL,
    room character varying(20),
    fee numeric(10,2),
    remind_before interval DEFAULT '1 day'::interval,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_appointments_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT appointments_pkey PRIMARY KEY (id)
);
CREATE TABLE documents (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    patient_id uuid NOT NULL,
    uploaded_by_id uuid,
    file_name text NOT NULL,
    mime_type character varying(100) DEFAULT 'application/octet-stream' NOT NULL,
    content bytea NOT NULL,
    sha256 bytea NOT NULL,
    byte_size bigint NOT NULL,
    taken_on date,
    uploaded_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT ck_documents_size_not_negative CHECK (byte_size >= 0),
    CONSTRAINT documents_pkey PRIMARY KEY (id)
);
CREATE TABLE messages (
    id bigint DEFAULT nextval('messages_id_seq'::regclass) NOT NULL,
    thread_id uuid NOT NULL,
    sender_id uuid,
    recipient_ids uuid[] DEFAULT '{}' NOT NULL,
    reply_to_id bigint,
    body text NOT NULL,
    sent_at timestamp with time zone DEFAULT now() NOT NULL,
    read_at timestamp with time zone[],
    CONSTRAINT messages_pkey PRIMARY KEY (id)
);
CREATE TABLE feature_flags (
    key character varying(80) NOT NULL,
    enabled boolean DEFAULT 'false' NOT NULL,
    payload json,
    rollout numeric,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT feature_flags_pkey PRIMARY KEY (key)
);
CREATE TABLE office_closures (
    id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME office_closures_id_seq),
    office_id integer NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    reason text DEFAULT '' NOT NULL,
    note text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT office_closures_check CHECK (last_day >= first_day),
    CONSTRAINT office_closures_pkey PRIMARY KEY (id)
);
CREATE TABLE subscriptions (
    id integer DEFAULT nextval('subscriptions_id_seq'::regclass) NOT NULL,
    company_id integer NOT NULL,
    plan subscription_plan DEFAULT 'trial'::subscription_plan NOT NULL,
    seats integer DEFAULT 1 NOT NULL,
    price numeric(10,2) DEFAULT '0.00' NOT NULL,
    valid_from date NOT NULL,
    valid_until date DEFAULT 'infinity' NOT NULL,
    renews_every interval,
    trial_ends_at timestamp without time zone,
    signed_at timestamp with time zone,
    CONSTRAINT ck_subscriptions_seats_positive CHECK (seats > 0),
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id)
);
CREATE TABLE office_staff (
    office_id integer NOT NULL,
    user_id uuid NOT NULL,
    work_days smallint[] DEFAULT '{1,2,3,4,5}'::smallint[] NOT NULL,
    shift_starts time without time zone DEFAULT '08:00:00' NOT NULL,
    shift_ends time without time zone,
    hourly_rate numeric(9,4),
    commission numeric(5,2) DEFAULT 0 NOT NULL,
    since date DEFAULT CURRENT_DATE NOT NULL,
    CONSTRAINT office_staff_pkey PRIMARY KEY (office_id, user_id)
);
CREATE TABLE device_readings (
    device_serial character varying(40) NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    office_id integer NOT NULL,
    patient_id uuid,
    tick bigint DEFAULT '0' NOT NULL,
    force real,
    torque double precision,
    raw_count numeric(30,10),
    samples integer[],
    calibration numeric(12,6)[],
    firmware character(12),
    address inet,
    frame bytea,
    CONSTRAINT device_readings_pkey PRIMARY KEY (device_serial, measured_at)
);
ALTER SEQUENCE companies_id_seq OWNED BY companies.id;
ALTER SEQUENCE offices_id_seq OWNED BY offices.id;
ALTER SEQUENCE roles_id_seq OWNED BY roles.id;
ALTER SEQUENCE exercise_categories_id_seq OWNED BY exercise_categories.id;
ALTER SEQUENCE exercises_id_seq OWNED BY exercises.id;
ALTER SEQUENCE assignments_id_seq OWNED BY assignments.id;
ALTER SEQUENCE progress_entries_id_seq OWNED BY progress_entries.id;
ALTER SEQUENCE invoices_id_seq OWNED BY invoices.id;
ALTER SEQUENCE audit_log_id_seq OWNED BY audit_log.id;
ALTER SEQUENCE messages_id_seq OWNED BY messages.id;
ALTER SEQUENCE subscriptions_id_seq OWNED BY subscriptions.id;
ALTER TABLE companies ADD CONSTRAINT companies_slug_key UNIQUE (slug);
ALTER TABLE offices ADD CONSTRAINT uq_offices_company_name UNIQUE (company_id, name);
CREATE INDEX ix_offices_company_id ON offices USING btree (company_id);
ALTER TABLE roles ADD CONSTRAINT roles_code_key UNIQUE (code);
CREATE INDEX ix_users_company_id ON users USING btree (company_id);
CREATE UNIQUE INDEX uq_users_email_lower ON users USING btree ((lower(email)));
CREATE INDEX ix_clients_office_id ON patients USING btree (office_id);
CREATE INDEX ix_patients_name ON patients USING btree (last_name, first_name);
CREATE INDEX ix_patients_tags ON patients USING gin (tags);
CREATE INDEX ix_patients_deleted ON patients USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE UNIQUE INDEX uq_patients_office_mrn ON patients USING btree (office_id, mrn) WHERE (deleted_at IS NULL);
ALTER TABLE exercise_categories ADD CONSTRAINT exercise_categories_slug_key UNIQUE (slug);
CREATE INDEX ix_exercises_category_id ON exercises USING btree (category_id);
CREATE INDEX ix_exercises_equipment ON exercises USING gin (equipment);
CREATE INDEX ix_exercises_deleted ON exercises USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE UNIQUE INDEX uq_exercises_slug ON exercises USING btree (slug) WHERE (deleted_at IS NULL);
CREATE INDEX ix_care_plans_patient_id ON care_plans USING btree (patient_id);
CREATE INDEX ix_care_plans_therapist_id ON care_plans USING btree (therapist_id);
CREATE INDEX ix_care_plans_deleted ON care_plans USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_assignments_patient_id ON assignments USING btree (patient_id);
CREATE INDEX ix_assignments_plan ON assignments USING btree (care_plan_id, exercise_id, "position");
CREATE INDEX ix_assignments_open ON assignments USING btree (due_at) WHERE (state = 'open');
CREATE INDEX ix_progress_entries_recent ON progress_entries USING btree (assignment_id, recorded_at DESC);
ALTER TABLE invoices ADD CONSTRAINT uq_invoices_company_number UNIQUE (company_id, number);
CREATE INDEX ix_invoices_patient_id ON invoices USING btree (patient_id);
CREATE INDEX ix_invoices_unpaid ON invoices USING btree (company_id, due_on) WHERE (status IN ('sent', 'overdue'));
CREATE INDEX ix_payments_invoice_id ON payments USING btree (invoice_id);
CREATE UNIQUE INDEX uq_payments_external_ref ON payments USING btree (method, external_ref) WHERE (external_ref IS NOT NULL);
CREATE INDEX ix_audit_log_actor_id ON audit_log USING btree (actor_id);
CREATE INDEX ix_audit_log_entity ON audit_log USING btree (entity, entity_id);
CREATE INDEX ix_audit_log_occurred_at ON audit_log USING btree (occurred_at DESC);
CREATE INDEX ix_audit_log_after ON audit_log USING gin (after jsonb_path_ops);
CREATE INDEX ix_appointments_patient_id ON appointments USING btree (patient_id);
CREATE INDEX ix_appointments_office_day ON appointments USING btree (office_id, starts_at DESC);
CREATE UNIQUE INDEX uq_appointments_therapist_slot ON appointments USING btree (therapist_id, starts_at) WHERE (status = 'booked');
CREATE INDEX ix_documents_deleted ON documents USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_messages_thread ON messages USING btree (thread_id, sent_at);
CREATE INDEX ix_messages_recipients ON messages USING gin (recipient_ids);
ALTER TABLE office_closures ADD CONSTRAINT office_closures_office_id_first_day_reason_key UNIQUE (office_id, first_day, reason);
CREATE INDEX office_closures_first_day_last_day_idx ON office_closures USING btree (first_day, last_day);
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_company_id_valid_from_key UNIQUE (company_id, valid_from);
CREATE INDEX ix_device_readings_patient ON device_readings USING btree (patient_id, measured_at DESC) WHERE (patient_id IS NOT NULL);
ALTER TABLE companies ADD CONSTRAINT fk_companies_primary_office FOREIGN KEY (primary_office_id) REFERENCES offices(id) ON DELETE SET NULL;
ALTER TABLE offices ADD CONSTRAINT fk_offices_company_id_companies FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE;
ALTER TABLE users ADD CONSTRAINT fk_users_company_id_companies FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE;
ALTER TABLE users ADD CONSTRAINT fk_users_manager_id_users FOREIGN KEY (manager_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE users ADD CONSTRAINT fk_users_default_office_id_offices FOREIGN KEY (default_office_id) REFERENCES offices(id) ON DELETE SET NULL;
ALTER TABLE user_roles ADD CONSTRAINT fk_user_roles_granted_by_id_users FOREIGN KEY (granted_by_id) REFERENCES users(id);
ALTER TABLE user_roles ADD CONSTRAINT fk_user_roles_role_id_roles FOREIGN KEY (role_id) REFERENCES roles(id) ON DELETE RESTRICT;
ALTER TABLE user_roles ADD CONSTRAINT fk_user_roles_user_id_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE patients ADD CONSTRAINT fk_clients_office_id_offices FOREIGN KEY (office_id) REFERENCES offices(id);
ALTER TABLE patients ADD CONSTRAINT fk_clients_referred_by_id_clients FOREIGN KEY (referred_by_id) REFERENCES patients(id) ON DELETE SET NULL;
ALTER TABLE exercise_categories ADD CONSTRAINT fk_exercise_categories_parent_id_exercise_categories FOREIGN KEY (parent_id) REFERENCES exercise_categories(id);
ALTER TABLE exercises ADD CONSTRAINT fk_exercises_category_id_exercise_categories FOREIGN KEY (category_id) REFERENCES exercise_categories(id);
ALTER TABLE exercises ADD CONSTRAINT fk_exercises_author_id_users FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE care_plans ADD CONSTRAINT fk_care_plans_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE CASCADE;
ALTER TABLE care_plans ADD CONSTRAINT fk_care_plans_therapist_id_users FOREIGN KEY (therapist_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE care_plan_exercises ADD CONSTRAINT fk_care_plan_exercises_care_plan_id_care_plans FOREIGN KEY (care_plan_id) REFERENCES care_plans(id) ON DELETE CASCADE;
ALTER TABLE care_plan_exercises ADD CONSTRAINT fk_care_plan_exercises_exercise_id_exercises FOREIGN KEY (exercise_id) REFERENCES exercises(id) ON DELETE RESTRICT;
ALTER TABLE assignments ADD CONSTRAINT fk_assignments_assigned_by_id_users FOREIGN KEY (assigned_by_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE assignments ADD CONSTRAINT fk_assignments_plan_exercise FOREIGN KEY (care_plan_id, exercise_id, "position") REFERENCES care_plan_exercises(care_plan_id, exercise_id, "position") ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE assignments ADD CONSTRAINT fk_assignments_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE CASCADE;
ALTER TABLE progress_entries ADD CONSTRAINT fk_progress_entries_assignment_id_assignments FOREIGN KEY (assignment_id) REFERENCES assignments(id) ON DELETE CASCADE;
ALTER TABLE invoices ADD CONSTRAINT fk_invoices_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE SET NULL;
ALTER TABLE invoices ADD CONSTRAINT fk_invoices_company_id_companies FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE;
ALTER TABLE invoice_lines ADD CONSTRAINT fk_invoice_lines_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices(id) ON DELETE CASCADE;
ALTER TABLE payments ADD CONSTRAINT fk_payments_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices(id) ON DELETE RESTRICT;
ALTER TABLE audit_log ADD CONSTRAINT fk_audit_events_actor_id_users FOREIGN KEY (actor_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE appointments ADD CONSTRAINT fk_appointments_office_id_offices FOREIGN KEY (office_id) REFERENCES offices(id) ON DELETE CASCADE;
ALTER TABLE appointments ADD CONSTRAINT fk_appointments_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE CASCADE;
ALTER TABLE appointments ADD CONSTRAINT fk_appointments_therapist_id_users FOREIGN KEY (therapist_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE documents ADD CONSTRAINT fk_documents_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE CASCADE;
ALTER TABLE documents ADD CONSTRAINT fk_documents_uploaded_by_id_users FOREIGN KEY (uploaded_by_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE messages ADD CONSTRAINT fk_messages_reply_to_id_messages FOREIGN KEY (reply_to_id) REFERENCES messages(id) ON DELETE SET NULL;
ALTER TABLE messages ADD CONSTRAINT fk_messages_sender_id_users FOREIGN KEY (sender_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE office_closures ADD CONSTRAINT office_closures_office_id_fkey FOREIGN KEY (office_id) REFERENCES offices(id) ON DELETE CASCADE;
ALTER TABLE subscriptions ADD CONSTRAINT fk_subscriptions_company_id_companies FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE;
ALTER TABLE office_staff ADD CONSTRAINT fk_office_staff_office_id_offices FOREIGN KEY (office_id) REFERENCES offices(id) ON DELETE CASCADE;
ALTER TABLE office_staff ADD CONSTRAINT fk_office_staff_user_id_users FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE device_readings ADD CONSTRAINT fk_device_readings_office_id_offices FOREIGN KEY (office_id) REFERENCES offices(id) ON DELETE CASCADE;
ALTER TABLE device_readings ADD CONSTRAINT fk_device_readings_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients(id) ON DELETE SET NULL;
CREATE VIEW v_invoice_balances AS
SELECT i.id AS invoice_id,
               i.company_id,
               i.number,
               i.total,
               coalesce(sum(p.amount), 0) AS paid,
               i.total - coalesce(sum(p.amount), 0) AS open_amount,
               count(p.id) AS payment_count
          FROM invoices i
          LEFT JOIN payments p ON p.invoice_id = i.id
         WHERE i.status <> 'void'
         GROUP BY i.id, i.company_id, i.number, i.total;
CREATE VIEW v_active_care_plans AS
SELECT c.id, c.title, c.starts_on, c.ends_on,
               p.last_name || ', ' || p.first_name AS patient_name,
               u.full_name AS therapist_name,
               (SELECT count(*) FROM assignments a
                 WHERE a.care_plan_id = c.id AND a.state = 'open') AS open_assignments
          FROM care_plans c
          JOIN patients p ON p.id = c.patient_id
          LEFT JOIN users u ON u.id = c.therapist_id
         WHERE c.status = 'active' AND c.deleted_at IS NULL AND p.deleted_at IS NULL;
CREATE TRIGGER trg_companies_updated_at
            BEFORE UPDATE ON companies
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_patients_updated_at
            BEFORE UPDATE ON patients
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_exercises_updated_at
            BEFORE UPDATE ON exercises
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_care_plans_updated_at
            BEFORE UPDATE ON care_plans
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_invoices_updated_at
            BEFORE UPDATE ON invoices
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_offices_updated_at
            BEFORE UPDATE ON offices
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_users_updated_at
            BEFORE UPDATE ON users
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_assignments_updated_at
            BEFORE UPDATE ON assignments
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_appointments_updated_at
            BEFORE UPDATE ON appointments
            FOR EACH ROW EXECUTE FUNCTION set_updated_at();
COMMENT ON COLUMN patients.mrn IS 'medical record number, as printed';
COMMENT ON COLUMN messages.body IS 'plain text, never HTML';
COMMENT ON TABLE office_closures IS 'holidays, floods; no booking on these days';
COMMENT ON TABLE device_readings IS 'raw readings, kept for five years';
COMMENT ON COLUMN device_readings.device_serial IS 'as engraved, ''007'' is not 7';
