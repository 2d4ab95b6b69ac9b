import "@redis-keyspace/style/style.css";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

export const metadata: Metadata = {
  title: { default: "NextAuth on Redis", template: "%s · NextAuth on Redis" },
  icons: "data:,",
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
