DROP TABLE `delivery`;
