DROP TABLE `recovery_code`;
