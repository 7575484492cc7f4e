ALTER TABLE `event` ADD KEY `event_address` (`address`, `id`), ADD KEY `event_ip` (`ip`, `id`), ADD KEY `event_request` (`request_id`, `id`);
