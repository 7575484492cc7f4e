DROP TABLE `revocation`;
