-- MIGRATION: 20250428100817_baseline_triggers.sql
-- CREATED_AT: 2025-04-28T10:08:17

-- UP script
CREATE TRIGGER trg_companies_updated_at AFTER UPDATE ON companies FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE companies SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_patients_updated_at AFTER UPDATE ON patients FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE patients SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_exercises_updated_at AFTER UPDATE ON exercises FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE exercises SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_care_plans_updated_at AFTER UPDATE ON care_plans FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE care_plans SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_invoices_updated_at AFTER UPDATE ON invoices FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE invoices SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_offices_updated_at AFTER UPDATE ON offices FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE offices SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_users_updated_at AFTER UPDATE ON users FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE users SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_assignments_updated_at AFTER UPDATE ON assignments FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE assignments SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

CREATE TRIGGER trg_appointments_updated_at AFTER UPDATE ON appointments FOR EACH ROW
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE appointments SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id;
END;

-- DOWN script
DROP TRIGGER trg_appointments_updated_at;
DROP TRIGGER trg_assignments_updated_at;
DROP TRIGGER trg_users_updated_at;
DROP TRIGGER trg_offices_updated_at;
DROP TRIGGER trg_invoices_updated_at;
DROP TRIGGER trg_care_plans_updated_at;
DROP TRIGGER trg_exercises_updated_at;
DROP TRIGGER trg_patients_updated_at;
DROP TRIGGER trg_companies_updated_at;
