ALTER TABLE `token` DROP COLUMN `client_id`, DROP COLUMN `amr`;
