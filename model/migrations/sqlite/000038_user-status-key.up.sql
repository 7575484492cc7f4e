CREATE INDEX `user_status` ON `user` (`status`, `id`);
