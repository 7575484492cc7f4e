DROP TABLE `mfa`;
