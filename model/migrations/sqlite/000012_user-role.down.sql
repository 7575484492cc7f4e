DROP INDEX `user_role`;
