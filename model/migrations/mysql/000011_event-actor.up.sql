ALTER TABLE `event` ADD COLUMN `actor` VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'who acted, if it was no user: cli:<user>@<host>';
