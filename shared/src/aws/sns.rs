//! Messages to people.

use crate::aws::Cloud;
use crate::aws::error::classify;
use crate::message::Message;
use crate::ports::{CloudError, TellPeople};

impl TellPeople for Cloud {
    async fn tell(&self, message: &Message) -> Result<(), CloudError> {
        let topic = self.environment.notices_topic_arn.as_str();
        let call = self.sns().publish().topic_arn(topic).subject(&message.subject);
        let told = call.message_structure("json").message(message.document()).send().await;
        told.map(drop).map_err(|error| classify("Publish", topic, &error))
    }
}
