ALTER TABLE `token` DROP COLUMN `client_id`;
ALTER TABLE `token` DROP COLUMN `amr`;
