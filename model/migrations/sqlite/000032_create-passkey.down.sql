DROP TABLE `passkey`;
