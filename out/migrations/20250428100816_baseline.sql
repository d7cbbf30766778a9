-- MIGRATION: 20250428100816_baseline.sql
-- CREATED_AT: 2025-04-28T10:08:16
-- REPLACES: 8f2c4a1d9b07 3e71b5c0a284 c95d0e6f1a3b 17a8d2f4e6c9 b04e9c73d518 5d6f8a2b1c90
-- REPLACES: e2139f7ac4d6 70c4b8e51f2d a6d81c3e905b 4b9e27f0d8a1 d3f5106c7b8e 92ab4e8d0c57
-- REPLACES: f1e7a5028d3c 2d84c6b19fe0 6c0f3d9e2b74 0a5b9d3c7e16 cd27e1f48a05 84f03b6d2e9a
-- REPLACES: 1b6ed97c50f3 e95a2c8074bd 38c1f6a7d02e ab7094e3c1d5 56d2e08f9b4c fd30b7a1468e
-- REPLACES: 09e4c2d7b5a6 b8a16f35d9c0 7e53d04bc8f2 c41d9a60e27b 23f8b5e9074d 9dc6014fa3e7

-- UP script
CREATE TABLE roles (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code VARCHAR(32) NOT NULL,
    name VARCHAR(80) NOT NULL,
    permissions TEXT NOT NULL DEFAULT '[]',
    rank SMALLINT NOT NULL DEFAULT 0,
    CONSTRAINT roles_code_key UNIQUE (code)
);

CREATE TABLE exercise_categories (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug VARCHAR(40) NOT NULL,
    name VARCHAR(80) NOT NULL,
    parent_id INTEGER,
    position INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT exercise_categories_slug_key UNIQUE (slug),
    CONSTRAINT fk_exercise_categories_parent_id_exercise_categories FOREIGN KEY (parent_id) REFERENCES exercise_categories (id)
);

CREATE TABLE feature_flags (
    "key" VARCHAR(80) NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT 0,
    payload TEXT,
    rollout NUMERIC,
    changed_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    PRIMARY KEY ("key")
);

CREATE TABLE companies (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(200) NOT NULL,
    slug VARCHAR(80) NOT NULL,
    country CHAR(2) COLLATE RTRIM NOT NULL DEFAULT 'US',
    is_active BOOLEAN NOT NULL DEFAULT 1,
    settings TEXT NOT NULL DEFAULT '{}',
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    primary_office_id INTEGER,
    CONSTRAINT companies_slug_key UNIQUE (slug),
    CONSTRAINT fk_companies_primary_office FOREIGN KEY (primary_office_id) REFERENCES offices (id) ON DELETE SET NULL
);

CREATE TABLE offices (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL,
    name VARCHAR(120) NOT NULL,
    phone VARCHAR(32),
    address TEXT,
    timezone VARCHAR(64) NOT NULL DEFAULT 'UTC',
    latitude FLOAT,
    longitude FLOAT,
    is_active BOOLEAN NOT NULL DEFAULT 1,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    opens_at TIME,
    closes_at TIME,
    opening_hours TEXT,
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    booking_horizon SMALLINT NOT NULL DEFAULT 60,
    CONSTRAINT uq_offices_company_name UNIQUE (company_id, name),
    CONSTRAINT fk_offices_company_id_companies FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT ck_offices_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT ck_offices_longitude_range CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT ck_offices_opens_before_it_closes CHECK (closes_at > opens_at)
);
CREATE INDEX ix_offices_company_id ON offices (company_id);

CREATE TABLE users (
    id CHAR(32) NOT NULL DEFAULT (lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))),
    company_id INTEGER NOT NULL,
    email VARCHAR(320) NOT NULL,
    full_name VARCHAR(120) NOT NULL,
    status VARCHAR(9) NOT NULL DEFAULT 'invited',
    is_staff BOOLEAN NOT NULL DEFAULT 0,
    password_hash BLOB,
    locale VARCHAR(10) NOT NULL DEFAULT 'en',
    preferences TEXT,
    manager_id CHAR(32),
    last_login_at DATETIME,
    last_login_ip TEXT,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    default_office_id INTEGER,
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    feature_overrides TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (id),
    CONSTRAINT fk_users_company_id_companies FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT fk_users_manager_id_users FOREIGN KEY (manager_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_users_default_office_id_offices FOREIGN KEY (default_office_id) REFERENCES offices (id) ON DELETE SET NULL,
    CONSTRAINT ck_users_status_enum CHECK (status IN ('invited', 'active', 'suspended', 'archived'))
);
CREATE INDEX ix_users_company_id ON users (company_id);
CREATE UNIQUE INDEX uq_users_email_lower ON users (lower(email));

CREATE TABLE user_roles (
    user_id CHAR(32) NOT NULL,
    role_id SMALLINT NOT NULL,
    granted_by_id CHAR(32),
    granted_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    PRIMARY KEY (user_id, role_id),
    CONSTRAINT fk_user_roles_granted_by_id_users FOREIGN KEY (granted_by_id) REFERENCES users (id),
    CONSTRAINT fk_user_roles_role_id_roles FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_user_roles_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE patients (
    id CHAR(32) NOT NULL,
    office_id INTEGER NOT NULL,
    mrn VARCHAR(20) NOT NULL, -- medical record number, as printed
    first_name VARCHAR(100) NOT NULL,
    last_name VARCHAR(100) NOT NULL,
    date_of_birth DATE,
    sex CHAR(1) COLLATE RTRIM NOT NULL DEFAULT 'U',
    legacy_code CHAR(8) COLLATE RTRIM,
    email VARCHAR(320),
    phone VARCHAR(32),
    notes TEXT,
    emergency_contact TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    weight_kg REAL,
    referred_by_id CHAR(32),
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    deleted_at DATETIME,
    PRIMARY KEY (id),
    CONSTRAINT fk_clients_office_id_offices FOREIGN KEY (office_id) REFERENCES offices (id),
    CONSTRAINT fk_clients_referred_by_id_clients FOREIGN KEY (referred_by_id) REFERENCES patients (id) ON DELETE SET NULL,
    CONSTRAINT ck_patients_sex_known CHECK (sex IN ('F', 'M', 'X', 'U'))
);
CREATE INDEX ix_clients_office_id ON patients (office_id);
CREATE INDEX ix_patients_name ON patients (last_name, first_name);
CREATE INDEX ix_patients_deleted ON patients (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX uq_patients_office_mrn ON patients (office_id, mrn) WHERE deleted_at IS NULL;

CREATE TABLE exercises (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    category_id INTEGER NOT NULL,
    author_id CHAR(32),
    title VARCHAR(160) NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    difficulty VARCHAR(8) NOT NULL DEFAULT 'moderate',
    default_duration DATETIME NOT NULL DEFAULT '1970-01-01 00:10:00.000000',
    equipment TEXT NOT NULL DEFAULT '[]',
    instructions TEXT NOT NULL DEFAULT '[]',
    met_value FLOAT,
    thumbnail BLOB,
    is_public BOOLEAN NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    slug VARCHAR(180) NOT NULL,
    deleted_at DATETIME,
    CONSTRAINT fk_exercises_category_id_exercise_categories FOREIGN KEY (category_id) REFERENCES exercise_categories (id),
    CONSTRAINT fk_exercises_author_id_users FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ck_exercises_difficulty_enum CHECK (difficulty IN ('easy', 'moderate', 'hard'))
);
CREATE INDEX ix_exercises_category_id ON exercises (category_id);
CREATE INDEX ix_exercises_deleted ON exercises (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX uq_exercises_slug ON exercises (slug) WHERE deleted_at IS NULL;

CREATE TABLE care_plans (
    id CHAR(32) NOT NULL DEFAULT (lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))),
    patient_id CHAR(32) NOT NULL,
    therapist_id CHAR(32),
    title VARCHAR(160) NOT NULL,
    status VARCHAR(9) NOT NULL DEFAULT 'draft',
    visibility VARCHAR(7) NOT NULL DEFAULT 'team',
    starts_on DATE NOT NULL,
    ends_on DATE,
    goals TEXT NOT NULL DEFAULT '[]',
    review_every DATETIME NOT NULL DEFAULT '1970-01-15 00:00:00.000000',
    total_sessions SMALLINT NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    deleted_at DATETIME,
    PRIMARY KEY (id),
    CONSTRAINT fk_care_plans_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE,
    CONSTRAINT fk_care_plans_therapist_id_users FOREIGN KEY (therapist_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ck_care_plans_status_enum CHECK (status IN ('draft', 'active', 'on_hold', 'completed', 'cancelled')),
    CONSTRAINT ck_care_plans_dates_in_order CHECK (ends_on IS NULL OR ends_on >= starts_on),
    CONSTRAINT ck_care_plans_plan_visibility CHECK (visibility IN ('private', 'team', 'company'))
);
CREATE INDEX ix_care_plans_patient_id ON care_plans (patient_id);
CREATE INDEX ix_care_plans_therapist_id ON care_plans (therapist_id);
CREATE INDEX ix_care_plans_deleted ON care_plans (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE care_plan_exercises (
    care_plan_id CHAR(32) NOT NULL,
    exercise_id INTEGER NOT NULL,
    position SMALLINT NOT NULL,
    sets SMALLINT NOT NULL DEFAULT 1,
    reps SMALLINT,
    hold DATETIME,
    load_kg NUMERIC(6, 2),
    cues TEXT,
    PRIMARY KEY (care_plan_id, exercise_id, position),
    CONSTRAINT fk_care_plan_exercises_care_plan_id_care_plans FOREIGN KEY (care_plan_id) REFERENCES care_plans (id) ON DELETE CASCADE,
    CONSTRAINT fk_care_plan_exercises_exercise_id_exercises FOREIGN KEY (exercise_id) REFERENCES exercises (id) ON DELETE RESTRICT,
    CONSTRAINT ck_care_plan_exercises_sets_positive CHECK (sets > 0)
);

CREATE TABLE assignments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    care_plan_id CHAR(32) NOT NULL,
    exercise_id INTEGER NOT NULL,
    position SMALLINT NOT NULL,
    patient_id CHAR(32) NOT NULL,
    assigned_by_id CHAR(32),
    state VARCHAR(11) NOT NULL DEFAULT 'open',
    priority SMALLINT NOT NULL DEFAULT 0,
    due_at DATETIME,
    reminder_at TIME,
    source_ref VARCHAR(20),
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    CONSTRAINT fk_assignments_assigned_by_id_users FOREIGN KEY (assigned_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_assignments_plan_exercise FOREIGN KEY (care_plan_id, exercise_id, position) REFERENCES care_plan_exercises (care_plan_id, exercise_id, position) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT fk_assignments_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE,
    CONSTRAINT ck_assignments_state_enum CHECK (state IN ('open', 'in_progress', 'done', 'skipped'))
);
CREATE INDEX ix_assignments_patient_id ON assignments (patient_id);
CREATE INDEX ix_assignments_plan ON assignments (care_plan_id, exercise_id, position);
CREATE INDEX ix_assignments_open ON assignments (due_at) WHERE state = 'open';

CREATE TABLE progress_entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    assignment_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    completed BOOLEAN NOT NULL DEFAULT 0,
    reps INTEGER,
    pain_score SMALLINT,
    effort REAL,
    range_of_motion FLOAT,
    duration DATETIME,
    payload TEXT,
    comment TEXT,
    source_ip TEXT,
    CONSTRAINT fk_progress_entries_assignment_id_assignments FOREIGN KEY (assignment_id) REFERENCES assignments (id) ON DELETE CASCADE,
    CONSTRAINT ck_progress_entries_pain_score_range CHECK (pain_score >= 0 AND pain_score <= 10)
);
CREATE INDEX ix_progress_entries_recent ON progress_entries (assignment_id, recorded_at DESC);

CREATE TABLE invoices (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL,
    patient_id CHAR(32),
    number VARCHAR(24) NOT NULL,
    status VARCHAR(7) NOT NULL DEFAULT 'draft',
    issued_on DATE NOT NULL DEFAULT (date('now')),
    due_on DATE,
    currency CHAR(3) COLLATE RTRIM NOT NULL DEFAULT 'USD',
    subtotal NUMERIC(12, 2) NOT NULL DEFAULT 0,
    tax NUMERIC(12, 2) NOT NULL DEFAULT 0.00,
    total TEXT NOT NULL DEFAULT '0.00',
    tax_rate NUMERIC(5, 4),
    meta TEXT,
    paid_at DATETIME,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    CONSTRAINT uq_invoices_company_number UNIQUE (company_id, number),
    CONSTRAINT fk_invoices_client_id_clients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE SET NULL,
    CONSTRAINT fk_invoices_company_id_companies FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT ck_invoices_status_enum CHECK (status IN ('draft', 'sent', 'paid', 'void', 'overdue')),
    CONSTRAINT ck_invoices_subtotal_not_negative CHECK (subtotal >= 0)
);
CREATE INDEX ix_invoices_patient_id ON invoices (patient_id);
CREATE INDEX ix_invoices_unpaid ON invoices (company_id, due_on) WHERE status IN ('sent', 'overdue');

CREATE TABLE invoice_lines (
    invoice_id INTEGER NOT NULL,
    line_no SMALLINT NOT NULL,
    description VARCHAR(240) NOT NULL,
    quantity NUMERIC(8, 3) NOT NULL DEFAULT 1,
    unit_price NUMERIC(12, 4) NOT NULL,
    amount NUMERIC(12, 2) NOT NULL,
    taxable BOOLEAN NOT NULL DEFAULT 1,
    PRIMARY KEY (invoice_id, line_no),
    CONSTRAINT fk_invoice_lines_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE CASCADE
);

CREATE TABLE payments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    invoice_id INTEGER NOT NULL,
    method VARCHAR(9) NOT NULL,
    amount NUMERIC(12, 2) NOT NULL,
    external_ref VARCHAR(64),
    raw BLOB,
    received_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    CONSTRAINT fk_payments_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT ck_payments_method_enum CHECK (method IN ('card', 'cash', 'transfer', 'insurance'))
);
CREATE INDEX ix_payments_invoice_id ON payments (invoice_id);
CREATE UNIQUE INDEX uq_payments_external_ref ON payments (method, external_ref) WHERE external_ref IS NOT NULL;

CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    occurred_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    actor_id CHAR(32),
    "action" VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_id TEXT,
    "before" TEXT,
    "after" TEXT,
    ip TEXT,
    request_id CHAR(32),
    user_agent TEXT,
    severity SMALLINT NOT NULL DEFAULT 0,
    CONSTRAINT fk_audit_events_actor_id_users FOREIGN KEY (actor_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_audit_log_actor_id ON audit_log (actor_id);
CREATE INDEX ix_audit_log_entity ON audit_log (entity, entity_id);
CREATE INDEX ix_audit_log_occurred_at ON audit_log (occurred_at DESC);

CREATE TABLE appointments (
    id CHAR(32) NOT NULL DEFAULT (lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))),
    office_id INTEGER NOT NULL,
    patient_id CHAR(32) NOT NULL,
    therapist_id CHAR(32),
    starts_at DATETIME NOT NULL,
    ends_at DATETIME NOT NULL,
    local_start DATETIME NOT NULL,
    status VARCHAR(9) NOT NULL DEFAULT 'booked',
    room VARCHAR(20),
    fee NUMERIC(10, 2),
    remind_before DATETIME DEFAULT '1970-01-02 00:00:00.000000',
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    updated_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    PRIMARY KEY (id),
    CONSTRAINT fk_appointments_office_id_offices FOREIGN KEY (office_id) REFERENCES offices (id) ON DELETE CASCADE,
    CONSTRAINT fk_appointments_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE,
    CONSTRAINT fk_appointments_therapist_id_users FOREIGN KEY (therapist_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ck_appointments_status_enum CHECK (status IN ('booked', 'arrived', 'done', 'no_show', 'cancelled')),
    CONSTRAINT ck_appointments_ends_after_start CHECK (ends_at > starts_at)
);
CREATE INDEX ix_appointments_patient_id ON appointments (patient_id);
CREATE INDEX ix_appointments_office_day ON appointments (office_id, starts_at DESC);
CREATE UNIQUE INDEX uq_appointments_therapist_slot ON appointments (therapist_id, starts_at) WHERE status = 'booked';

CREATE TABLE documents (
    id CHAR(32) NOT NULL DEFAULT (lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))),
    patient_id CHAR(32) NOT NULL,
    uploaded_by_id CHAR(32),
    file_name TEXT NOT NULL,
    mime_type VARCHAR(100) NOT NULL DEFAULT 'application/octet-stream',
    content BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    byte_size BIGINT NOT NULL,
    taken_on DATE,
    uploaded_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    deleted_at DATETIME,
    PRIMARY KEY (id),
    CONSTRAINT fk_documents_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE,
    CONSTRAINT fk_documents_uploaded_by_id_users FOREIGN KEY (uploaded_by_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT ck_documents_size_not_negative CHECK (byte_size >= 0)
);
CREATE INDEX ix_documents_deleted ON documents (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    thread_id CHAR(32) NOT NULL,
    sender_id CHAR(32),
    recipient_ids TEXT NOT NULL DEFAULT '[]',
    reply_to_id BIGINT,
    body TEXT NOT NULL, -- plain text, never HTML
    sent_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    read_at TEXT,
    CONSTRAINT fk_messages_reply_to_id_messages FOREIGN KEY (reply_to_id) REFERENCES messages (id) ON DELETE SET NULL,
    CONSTRAINT fk_messages_sender_id_users FOREIGN KEY (sender_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX ix_messages_thread ON messages (thread_id, sent_at);

CREATE TABLE office_closures ( -- holidays, floods, no booking on these days
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    office_id INTEGER NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    note TEXT,
    created_at DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
    CONSTRAINT office_closures_office_id_first_day_reason_key UNIQUE (office_id, first_day, reason),
    CONSTRAINT office_closures_office_id_fkey FOREIGN KEY (office_id) REFERENCES offices (id) ON DELETE CASCADE,
    CONSTRAINT office_closures_check CHECK (last_day >= first_day)
);
CREATE INDEX office_closures_first_day_last_day_idx ON office_closures (first_day, last_day);

CREATE TABLE subscriptions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL,
    "plan" VARCHAR(6) NOT NULL DEFAULT 'trial',
    seats INTEGER NOT NULL DEFAULT 1,
    price NUMERIC(10, 2) NOT NULL DEFAULT 0.00,
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL DEFAULT '9999-12-31',
    renews_every DATETIME,
    trial_ends_at DATETIME,
    signed_at DATETIME,
    CONSTRAINT subscriptions_company_id_valid_from_key UNIQUE (company_id, valid_from),
    CONSTRAINT fk_subscriptions_company_id_companies FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT ck_subscriptions_plan_enum CHECK ("plan" IN ('trial', 'solo', 'clinic', 'group')),
    CONSTRAINT ck_subscriptions_seats_positive CHECK (seats > 0)
);

CREATE TABLE office_staff (
    office_id INTEGER NOT NULL,
    user_id CHAR(32) NOT NULL,
    work_days TEXT NOT NULL DEFAULT '[1, 2, 3, 4, 5]',
    shift_starts TIME NOT NULL DEFAULT '08:00:00.000000',
    shift_ends TIME,
    hourly_rate NUMERIC(9, 4),
    commission NUMERIC(5, 2) NOT NULL DEFAULT 0,
    since DATE NOT NULL DEFAULT (date('now')),
    PRIMARY KEY (office_id, user_id),
    CONSTRAINT fk_office_staff_office_id_offices FOREIGN KEY (office_id) REFERENCES offices (id) ON DELETE CASCADE,
    CONSTRAINT fk_office_staff_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE device_readings ( -- raw readings, kept for five years
    device_serial VARCHAR(40) NOT NULL, -- as engraved, '007' is not 7
    measured_at DATETIME NOT NULL,
    office_id INTEGER NOT NULL,
    patient_id CHAR(32),
    tick BIGINT NOT NULL DEFAULT 0,
    force REAL,
    torque DOUBLE,
    raw_count TEXT,
    samples TEXT,
    calibration TEXT,
    firmware CHAR(12) COLLATE RTRIM,
    address TEXT,
    frame BLOB,
    PRIMARY KEY (device_serial, measured_at),
    CONSTRAINT fk_device_readings_office_id_offices FOREIGN KEY (office_id) REFERENCES offices (id) ON DELETE CASCADE,
    CONSTRAINT fk_device_readings_patient_id_patients FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE SET NULL
);
CREATE INDEX ix_device_readings_patient ON device_readings (patient_id, measured_at DESC) WHERE patient_id IS NOT NULL;

CREATE VIEW v_invoice_balances AS
SELECT i.id AS invoice_id,
       i.company_id,
       i.number,
       i.total,
       coalesce(round(sum(p.amount), 2), 0) AS paid,
       round(CAST(i.total AS REAL) - coalesce(round(sum(p.amount), 2), 0), 2) AS open_amount,
       count(p.id) AS payment_count
FROM invoices AS i
LEFT JOIN payments AS p ON p.invoice_id = i.id
WHERE i.status <> 'void'
GROUP BY i.id, i.company_id, i.number, i.total;

CREATE VIEW v_active_care_plans AS
SELECT c.id,
       c.title,
       c.starts_on,
       c.ends_on,
       p.last_name || ', ' || p.first_name AS patient_name,
       u.full_name AS therapist_name,
       (SELECT count(*) AS count FROM assignments AS a WHERE a.care_plan_id = c.id AND a.state = 'open') AS open_assignments
FROM care_plans AS c
JOIN patients AS p ON p.id = c.patient_id
LEFT JOIN users AS u ON u.id = c.therapist_id
WHERE c.status = 'active' AND c.deleted_at IS NULL AND p.deleted_at IS NULL;

-- DOWN script
DROP VIEW v_active_care_plans;
DROP VIEW v_invoice_balances;
DROP TABLE device_readings;
DROP TABLE office_staff;
DROP TABLE subscriptions;
DROP TABLE office_closures;
DROP TABLE messages;
DROP TABLE documents;
DROP TABLE appointments;
DROP TABLE audit_log;
DROP TABLE payments;
DROP TABLE invoice_lines;
DROP TABLE invoices;
DROP TABLE progress_entries;
DROP TABLE assignments;
DROP TABLE care_plan_exercises;
DROP TABLE care_plans;
DROP TABLE exercises;
DROP TABLE patients;
DROP TABLE user_roles;
DROP TABLE users;
DROP TABLE offices;
DROP TABLE companies;
DROP TABLE feature_flags;
DROP TABLE exercise_categories;
DROP TABLE roles;
