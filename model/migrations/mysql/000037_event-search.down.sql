ALTER TABLE `event` DROP KEY `event_address`, DROP KEY `event_ip`, DROP KEY `event_request`;
