ALTER TABLE `user` DROP COLUMN `locale`;
