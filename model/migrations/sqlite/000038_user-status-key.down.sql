DROP INDEX `user_status`;
