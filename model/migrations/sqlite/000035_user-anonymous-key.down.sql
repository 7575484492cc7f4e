DROP INDEX `user_anonymous`;
