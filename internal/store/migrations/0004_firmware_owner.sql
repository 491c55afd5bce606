-- Whose a firmware file is: other organizations neither see nor use it. Those
-- from before belong to the oldest organization that stands in no other.
ALTER TABLE firmware ADD COLUMN organization_id BIGINT NOT NULL DEFAULT 0;

UPDATE firmware SET organization_id = (SELECT coalesce(min(id), 0) FROM organizations WHERE parent_id IS NULL);
