CREATE INDEX `event_address` ON `event` (`address`, `id`);
CREATE INDEX `event_ip` ON `event` (`ip`, `id`);
CREATE INDEX `event_request` ON `event` (`request_id`, `id`);
